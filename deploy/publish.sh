#!/usr/bin/env bash
# Publishes both programs for machines without .NET: deploy/publish.sh linux-x64|linux-arm64 FOLDER
set -euo pipefail
rid=${1:?linux-x64 or linux-arm64} out=${2:?a folder}
cd "$(dirname "$(realpath "$0")")/.."
# What is built on the way stays out of the repository: it is another build than the one for tests.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for project in Node Cmd; do
  dotnet publish "src/ActorReplication.$project" -c Release -r "$rid" --self-contained --artifacts-path "$work" -o "$out" --nologo -v q \
    -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:IncludeNativeLibrariesForSelfExtract=true -p:DebugType=none
done
mkdir -p "$out/hocon" && cp hocon/*.conf "$out/hocon/"
