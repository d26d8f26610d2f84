import { describe, expect, it } from '@jest/globals';
import { given } from '@matricula/testing/given';
import { abandonFile, demandReceived, demandReceiving, fileAggregate, maxBytesFor, openFile, receiveFile, removeFile, removesFile, seesFile, settleFile, type FileFact, type FileState, type FileViewer, type Inspection } from './stored-file.js';

const at = '2026-08-01T16:00:00.000Z';
const nextDay = '2026-08-02T16:00:00.000Z';
const file = { use: 'attachment', accountId: 'acc_1', personId: 'per_kid', field: null, name: 'Report.pdf', visibility: 'account' } as const;
const opened: FileFact = { type: 'FileOpened', ...file, by: 'usr_mum', at };
const content = { size: 3, sha256: 'b'.repeat(64), chunks: 1, scan: 'clean', sentSha256: 'a'.repeat(64) } as const;
const received: FileFact = { type: 'FileReceived', content: { mediaType: 'application/pdf', ...content } };
const inspected = (over: Partial<Inspection> = {}): Inspection => ({ type: 'application/pdf', virus: undefined, unreadable: false, content, ...over });
const stateAfter = (...facts: readonly FileFact[]): FileState => given(fileAggregate, ...facts.slice(0, -1)).when(() => facts.slice(-1)).state();

describe('ID-46 a file', () => {
  it('is opened once, taken in once, and then not again', () => {
    given(fileAggregate).when((s) => openFile(s, file, 'usr_mum', at)).then(opened);
    given(fileAggregate, opened).when((s) => openFile(s, file, 'usr_mum', at)).thenNothing();
    given(fileAggregate, opened).when((s) => (s ? receiveFile(s, inspected()) : [])).then(received);
    given(fileAggregate, opened, received).when((s) => (s ? receiveFile(s, inspected()) : [])).thenNothing();
  });
  it('is refused when infected, unreadable, or of no kind that is taken; an image is an image', () => {
    const code = (over: Partial<Inspection>, use: FileState['use'] = 'attachment'): unknown => receiveFile({ ...stateAfter(opened), use }, inspected(over)).map((f) => (f.type === 'FileRefused' ? f.code : f.type));
    expect(code({ virus: 'Eicar' })).toEqual(['file.infected']);
    expect(code({ type: undefined })).toEqual(['file.type-not-allowed']);
    expect(code({ unreadable: true })).toEqual(['file.unreadable']);
    expect(code({}, 'profile_image')).toEqual(['file.type-not-allowed']);
    expect(code({ type: 'image/png' }, 'logo')).toEqual(['FileReceived']);
  });
  it('says the same when the same bytes come again, and refuses others', () => {
    expect(() => demandReceived(stateAfter(opened, received), content.sentSha256)).not.toThrow();
    expect(() => demandReceived(stateAfter(opened, received), 'c'.repeat(64))).toThrow('file.already-complete');
    expect(() => demandReceived(stateAfter(opened, { type: 'FileRefused', code: 'file.infected', details: {} }), content.sentSha256)).toThrow('file.infected');
  });
  it('takes bytes from who opened it, for a day', () => {
    expect(() => demandReceiving(stateAfter(opened), 'usr_mum', at)).not.toThrow();
    expect(() => demandReceiving(stateAfter(opened), 'usr_other', at)).toThrow('resource.not-found');
    expect(() => demandReceiving(stateAfter(opened), 'usr_mum', nextDay)).toThrow('file.upload-expired');
    given(fileAggregate, opened).when((s) => (s ? abandonFile(s, at) : [])).thenNothing();
    given(fileAggregate, opened).when((s) => (s ? abandonFile(s, nextDay) : [])).then({ type: 'FileRemoved' });
  });
  it('has its bytes settled after each step, for what it was then', () => {
    given(fileAggregate, opened, received).when((s) => (s ? settleFile(s, 'ready') : [])).then({ type: 'FileSettled' });
    given(fileAggregate, opened, received, { type: 'FileRemoved' }).when((s) => (s ? settleFile(s, 'ready') : [])).thenNothing();
    given(fileAggregate, opened, received, { type: 'FileSettled' }).when((s) => (s ? settleFile(s, 'ready') : [])).thenNothing();
    given(fileAggregate, opened, received, { type: 'FileRemoved' }).when((s) => (s ? removeFile(s) : [])).thenNothing();
  });
  it('may be 25 MiB as an attachment, 10 MiB as an image', () => {
    expect([maxBytesFor('attachment'), maxBytesFor('profile_image')]).toEqual([26_214_400, 10_485_760]);
  });
});

describe('ID-46 per-file visibility', () => {
  const viewer = (role: FileViewer['members'][number]['role'], personId = 'per_x', userId = 'usr_x'): FileViewer => ({ userId, isStaff: false, members: [{ role, personId }] });
  const staff: FileViewer = { userId: 'usr_staff', isStaff: true, members: [] };
  const sees = (who: FileViewer, visibility: FileState['visibility']): boolean => seesFile(who, { ...stateAfter(opened, received), visibility });
  const all = ['staff', 'account', 'person'] as const;

  it('staff see all, a guardian all but what is for staff, a child what is for the account or about it', () => {
    expect(all.map((v) => sees(staff, v))).toEqual([true, true, true]);
    expect(all.map((v) => sees(viewer('primary_guardian'), v))).toEqual([false, true, true]);
    expect(all.map((v) => sees(viewer('learner', 'per_kid'), v))).toEqual([false, true, true]);
    expect(all.map((v) => sees(viewer('learner', 'per_sister'), v))).toEqual([false, true, false]);
  });
  it('whoever sent it sees it and may remove it; nobody sees what has not arrived', () => {
    const mine = viewer('secondary_guardian', 'per_x', 'usr_mum');
    expect(sees(mine, 'staff')).toBe(true);
    expect([removesFile(mine, stateAfter(opened, received)), removesFile(viewer('primary_guardian'), stateAfter(opened, received)), removesFile(staff, stateAfter(opened, received))]).toEqual([true, false, true]);
    expect([seesFile(staff, stateAfter(opened)), seesFile(mine, stateAfter(opened))]).toEqual([false, true]);
  });
});
