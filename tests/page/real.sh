#!/bin/bash
# The dashboard of a real reeve in a real Chromium: see real.js, which ends and starts what this script has started.
# time limit: 300
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/page/page_lib.sh
. tests/page/page_lib.sh
need_browser
start_pod 18392
CTL=$work/bin/reevectl GOOD=$work/good node tests/page/real.js "$pod_url/"
