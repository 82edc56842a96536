#!/bin/sh
# Prints what an image is made of, for who has to know when a hole is found in one of its parts: a bill of materials in CycloneDX 1.5,
# from what dpkg has installed, and our own programs. The same packages give the same bytes. dpkg knows no licences: those are
# in /usr/share/doc/*/copyright.
#
#   sbom.sh NAME VERSION
set -eu
name=$1 version=$2
. /etc/os-release
distribution=$ID-${VERSION_ID:-}
cat <<HEAD
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
    "component": {"type": "container", "bom-ref": "$name", "name": "$name", "version": "$version", "licenses": [{"license": {"id": "Apache-2.0"}}]}
  },
  "components": [
HEAD
# The chart library is inside of our program, and says there what it is.
charts=$(grep -a -o -m 1 'Lightweight Charts[^ ]* v[0-9.]*' /usr/bin/datahub 2>/dev/null | sed 's/.* v//' || true)
[ -z "$charts" ] ||
    printf '    {"type": "library", "name": "lightweight-charts", "version": "%s", "purl": "pkg:npm/lightweight-charts@%s"},\n' "$charts" "$charts"
# A purl has no colon and no plus of its own in a version.
LC_ALL=C dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\n' | LC_ALL=C sort |
    awk -F '\t' -v vendor="$ID" -v distribution="$distribution" '
    {
        encoded = $2
        gsub(/:/, "%3A", encoded)
        gsub(/[+]/, "%2B", encoded)
        printf "    {\"type\": \"library\", \"name\": \"%s\", \"version\": \"%s\", \"purl\": \"pkg:deb/%s/%s@%s?arch=%s&distro=%s\", ", \
            $1, $2, vendor, $1, encoded, $3, distribution
        printf "\"properties\": [{\"name\": \"source\", \"value\": \"%s\"}]},\n", $4
    }'
cat <<TAIL
    {"type": "operating-system", "name": "$ID", "version": "${VERSION_ID:-}"}
  ]
}
TAIL
