#!/usr/bin/env bash
# Executes journals again in ways in which the state must not differ: narrower registers, no tiered compilation, other cultures and time
# zones, a debug build. Each journal's every block must have the root that was written. Prints a line "ok" for each.
#   tests/determinism.sh DIR…      directories that a venue has written; ./test runs it
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
failed=0

verify() { # name, program, environment …
  local name=$1 program=$2
  shift 2
  for directory in "${directories[@]}"; do
    if output=$(env "$@" dotnet "$program" verify "$directory" --no-signatures 2>&1); then
      echo "ok $name: $(basename "$directory")"
    else
      failed=1
      echo "not ok $name: $directory"
      echo "$output" | head -5
    fi
  done
}

directories=("$@")
[ ${#directories[@]} -gt 0 ] || { echo "determinism: name directories that a venue has written" >&2; exit 2; }
release=src/Surety.Cli/bin/Release/net10.0/surety.dll
debug=src/Surety.Cli/bin/Debug/net10.0/surety.dll
verify "without AVX-512" $release DOTNET_EnableAVX512=0 DOTNET_EnableAVX512F=0
verify "without AVX2" $release DOTNET_EnableAVX2=0
verify "without vector instructions" $release DOTNET_EnableHWIntrinsic=0
verify "without tiered compilation" $release DOTNET_TieredCompilation=0
verify "without profiles" $release DOTNET_TieredPGO=0 DOTNET_ReadyToRun=0
verify "in Turkish, in Kathmandu" $release LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu
verify "in Arabic, in Apia" $release LANG=ar_SA.UTF-8 LC_ALL=ar_SA.UTF-8 TZ=Pacific/Apia
verify "with one core and the server's collector" $release DOTNET_PROCESSOR_COUNT=1 DOTNET_gcServer=1
if dotnet build src/Surety.Cli -c Debug -v q >/tmp/surety-debug.$$ 2>&1; then
  verify "in a debug build" $debug SURETY_DEBUG=1
else
  failed=1
  echo "not ok the debug build fails"
  tail -5 /tmp/surety-debug.$$
fi
rm -f /tmp/surety-debug.$$
exit $failed
