#!/usr/bin/env bash
# Packs the rooms that other programs use and builds the samples from the packages, outside the repository, as a stranger would.
# Usage: tests/packages.sh, after "dotnet build Surety.slnx -c Release". Takes about half a minute; needs no network.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log="$work/log"
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2; echo "packages: failed: $*" >&2; exit 1; }; }
# A cache of its own: packages of an earlier build have the same version and would be taken instead.
export NUGET_PACKAGES="$work/cache"
quietly env -u NUGET_PACKAGES dotnet pack Surety.slnx -c Release --no-build -o "$work/packages"
expected="Client Core Engine Journal Pricing Proofs Protocol Terms"
found=$(cd "$work/packages" && ls | sed 's/^Surety\.\([A-Za-z]*\)\..*/\1/' | sort | tr '\n' ' ')
[ "$found" = "$expected " ] || { echo "packages: expected $expected; found $found" >&2; exit 1; }
for package in "$work"/packages/*.nupkg; do
  room=$(basename "$package" | sed 's/^Surety\.\([A-Za-z]*\)\..*/\1/')
  for part in "lib/net10.0/Surety.$room.xml" packages.md LICENSE; do
    grep -q "$part" "$package" || { echo "packages: $package has no $part" >&2; exit 1; }
  done
done
version=$(cd "$work/packages" && ls Surety.Core.*.nupkg | sed 's/^Surety\.Core\.\(.*\)\.nupkg$/\1/')
cat >"$work/nuget.config" <<XML
<configuration><packageSources><clear /><add key="surety" value="$work/packages" /></packageSources></configuration>
XML
# NAME ROOM…: a new console project with these packages and the sample's code.
build() {
  local name=$1
  shift
  (
    cd "$work"
    quietly dotnet new console -o "$name" --no-restore
    cd "$name"
    for room in "$@"; do quietly dotnet add package "Surety.$room" --version "$version" --no-restore; done
    cp "$root/samples/$name/Program.cs" .
    quietly dotnet build -c Release -v quiet -p:TreatWarningsAsErrors=true
  )
  echo "packages: samples/$name builds from the packages $* $version"
}
build embed Engine
build bot Client
build auditor Client Proofs
dotnet "$work/embed/bin/Release/net10.0/embed.dll"
