# shellcheck shell=bash
# What the tests of the dashboard need: node, a Chromium in $CHROMIUM, and what package-lock.json names below $BUILD.
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
export BUILD=${BUILD:-build}
CHROMIUM=$(command -v chromium chromium-browser google-chrome-stable | head -n 1)
export CHROMIUM
command -v node >/dev/null || skip_all "node is not installed"
[[ $CHROMIUM ]] || skip_all "Chromium is not installed"
[[ -d $BUILD/web/page/node_modules/axe-core ]] || skip_all "axe-core is not there: make check-page installs it"
