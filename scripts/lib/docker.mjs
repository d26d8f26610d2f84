// Whether a Docker engine answers here. The client alone is not enough.
import { spawnSync } from 'node:child_process';

const quiet = { stdio: 'ignore', timeout: 10_000 };

export const answersEngine = () => spawnSync('docker', ['info'], quiet).status === 0;
export const answersDocker = () => answersEngine() && spawnSync('docker', ['compose', 'version'], quiet).status === 0;
