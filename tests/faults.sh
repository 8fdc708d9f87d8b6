#!/usr/bin/env bash
# Which net catches a fault: plants each of tests/faults in a copy of the project, one at a time, and runs the rooms' tests until one
# fails. Twenty minutes on two cores; not part of ./test.
#   tests/faults.sh [NAME…]        all of them, or those named
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
rooms=(Engine Assurance Proofs Node Formal Cli)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z | xargs -0 cp --parents -t "$copy"
names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(basename -s .patch tests/faults/*.patch))
missed=0
for name in "${names[@]}"; do
  started=$(date +%s)
  patch -s -p1 -d "$copy" <"tests/faults/$name.patch" || { echo "$name does not fit any more: make it again"; missed=1; continue; }
  caught=""
  for room in "${rooms[@]}"; do
    project="$copy/tests/Surety.$room.Tests"
    if ! dotnet build "$project" -c Release -v q -p:TreatWarningsAsErrors=false -p:EnforceCodeStyleInBuild=false >"$copy/build.txt" 2>&1; then
      caught="does not compile: $(grep -m1 -o 'error.*' "$copy/build.txt")"
      break
    fi
    tests=$(dotnet test "$project" -c Release --no-build 2>&1 | sed -n 's/^ *Failed Surety\.\(.*\) \[.*/\1/p')
    if [ -n "$tests" ]; then
      caught="$(wc -l <<<"$tests") of $room, $(head -1 <<<"$tests")"
      break
    fi
  done
  patch -s -R -p1 -d "$copy" <"tests/faults/$name.patch"
  [ -n "$caught" ] || missed=1
  echo "$name: ${caught:-NOT CAUGHT}, $(($(date +%s) - started)) s"
done
exit $missed
