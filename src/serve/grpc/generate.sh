#!/usr/bin/env bash
# Makes NAME_pb.ts from each NAME.proto. Needs protoc (Debian: protobuf-compiler) and takes the
# plugin from the npm registry for the time of the run.
set -euo pipefail
cd "$(dirname "$0")"
plugin=$(mktemp -d)
trap 'rm -rf "$plugin"' EXIT
npm install --silent --no-save --prefix "$plugin" @bufbuild/protoc-gen-es@2.17.0
protoc --plugin="$plugin/node_modules/.bin/protoc-gen-es" \
  --es_out=. --es_opt=target=ts,import_extension=js *.proto
