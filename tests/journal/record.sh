#!/bin/bash
# shellcheck disable=SC2154 # podman and systemd_options come from image_lib.sh
# Records what systemd-journald 257 makes of tests/journal/cases.txt: recorded.txt beside it. Root, podman, python3; the image is
# that of tests/conformance/record.sh (ORACLE, PODMAN as there).
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
built=$(realpath "${BUILD:-build}")
oracle=${ORACLE:-localhost/reeve-oracle:trixie}
work=$(mktemp -d)
container=reeve-journal-$$
[[ -n ${CONTAINERS_CONF:-} ]] || { mkdir -p "$built/image" && image_podman "$built/image"; }
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
image_systemd_options
end() {
    "${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap end EXIT

mkdir "$work/cases" "$work/lib"
install -t "$work" "$built/tests/tool_journal"
ldd "$work/tool_journal" | awk '$2 == "=>" && $3 !~ /\/(libc|libm|ld-linux.*)\.so/ { print $3 }' | sort -u | xargs cp -L -t "$work/lib"
python3 - "$work" <<'PYTHON'
import re, sys
names = []
for line in open("tests/journal/cases.txt", encoding="ascii"):
    line = line.rstrip("\n")
    if not line or line.startswith("#"):
        continue
    kind, name, text = line.split(" ", 2)
    simple = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    text = re.sub(r"\\(x(..)|.)", lambda m: chr(int(m[2], 16)) if m[2] else simple[m[1]], text)
    open(f"{sys.argv[1]}/cases/{kind}.{name}", "wb").write(text.encode("latin-1"))
    names.append(f"{kind} {name}\n")
open(f"{sys.argv[1]}/names", "w").writelines(names)
PYTHON
cat >"$work/send.sh" <<'SEND'
export LD_LIBRARY_PATH=/work/lib
while read -r kind name; do
    case $kind in
    syslog) to=(datagram /dev/log) ;;
    native) to=(datagram /run/systemd/journal/socket) ;;
    stream) to=(bytes /run/systemd/journal/stdout) ;;
    esac
    /work/tool_journal "${to[@]}" "/work/cases/$kind.$name" &
    pid=$!
    wait "$pid" || true
    journalctl --sync
    journalctl -q -o json --all "_PID=$pid" >"/work/out/$kind.$name"
done </work/names
SEND
mkdir "$work/out"
"${podman[@]}" run -d --name "$container" "${systemd_options[@]}" --network none --tmpfs /run --tmpfs /tmp -v "$work:/work" "$oracle" /sbin/init >/dev/null
for ((i = 0; i < 100; i++)); do
    "${podman[@]}" exec "$container" systemctl is-active -q systemd-journald 2>/dev/null && break
    read -r -t 0.2 <> <(:) || true
done
"${podman[@]}" exec "$container" bash /work/send.sh
python3 - "$work" >tests/journal/recorded.txt <<'PYTHON'
import json, sys
print("# What systemd-journald 257 keeps of each case of cases.txt; made by record.sh. An entry begins with '-'.")
def put(key, value):
    if isinstance(value, list) and value and isinstance(value[0], int):
        data = bytes(value)
    else:
        data = value.encode()
    text = "".join(chr(b) if 32 <= b < 127 and b != 92 else "\\x%02x" % b for b in data)
    return f"{key}={text}"
for line in open(f"{sys.argv[1]}/names"):
    kind, name = line.split()
    print(f"\n{kind} {name}")
    for text in open(f"{sys.argv[1]}/out/{kind}.{name}"):
        entry, lines = json.loads(text), []
        for key, value in entry.items():
            if key.startswith("_"):
                continue
            several = isinstance(value, list) and not (value and isinstance(value[0], int)) and value
            for one in value if several else [value]:
                lines.append(put(key, one if one is not None else ""))
        print("-", *sorted(lines), sep="\n")
PYTHON
