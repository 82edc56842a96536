#!/bin/bash
# The dashboard in a real Chromium, with pods that are played (replay.js): see replayed.js.
# time limit: 900
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/page/page_lib.sh
. tests/page/page_lib.sh
need_browser
exec node tests/page/replayed.js
