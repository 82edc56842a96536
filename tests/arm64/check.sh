#!/bin/bash
# time limit: 3600
# reeve for arm64: everything cross-compiled with warnings as errors, the unit tests run by qemu-user (README.md). Root,
# network. A second run starts from build/arm64 and takes minutes less.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
build=${BUILD:-build}/arm64
root=$(realpath -m "$build/root")
triplet=aarch64-linux-gnu
known=tests/arm64/emulator.txt
((EUID == 0)) || skip_all "only root can map the user ids of a container"
for program in qemu-aarch64-static $triplet-gcc mmdebstrap; do
    command -v "$program" >/dev/null || skip_all "no $program (images/packages.sh install arm64)"
done
ls /proc/sys/fs/binfmt_misc >/dev/null 2>&1 || skip_all "this kernel has no binfmt_misc"
mkdir -p "$build"

# Libraries and headers for arm64 of the release that we run on. They are only unpacked: nothing of them is run.
make_root() {
    local suite packages
    suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
    packages=$(images/packages.sh list build test | grep -E '^lib.*-dev$' | paste -sd,)
    rm -rf "$root" "$root.new"
    mmdebstrap --quiet --mode=root --variant=extract --architectures=arm64 --include="$packages,linux-libc-dev,libgcc-12-dev" \
        "$suite" "$root.new" >"$build/root.log" 2>&1 || { tail -n 5 "$build/root.log"; return 1; }
    mv "$root.new" "$root"
}

export PKG_CONFIG_LIBDIR=$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
in_arm64() {
    tests/arm64/enter "$root" env TEST_PATIENCE=10 make -j"$(nproc)" --no-print-directory BUILD="$build" WERROR=1 \
        CC="${CCACHE:+ccache }$triplet-gcc --sysroot=$root" OBJCOPY=$triplet-objcopy "$@" >"$build/$1.log" 2>&1
}

# The names of the failed tests, as emulator.txt has them: PROGRAM TEST.
failed_tests() {
    local log program
    for log in "$build"/tests/log/*.tap; do
        program=$(basename "$log" .tap)
        sed -n "/# *SKIP/d;s/^not ok [0-9]* - \([a-z0-9_]*\).*/$program \1/p" "$log" | grep -v ' tests$'
    done | sort
}

[[ -e $root/usr/lib/$triplet/libsystemd.so ]] || ok "libraries for arm64" make_root || done_testing
ok "all programs and all tests are compiled without a warning" in_arm64 all test-programs || {
    diag "$(grep -aE 'error|warning' "$build/all.log" | head -n 20)"
    done_testing
}
like "$(file -b "$build/reeve")" "ARM aarch64" "the programs are for arm64"
like "$(tests/arm64/enter "$root" "$build/reevectl" --version)" "^reevectl [0-9]" "reevectl runs"
# The mutants judge the tests, not the machine.
in_arm64 unit-tests MUTANTS=
passed=$(grep -a "^[0-9]* passed, " "$build/unit-tests.log")
diag "$passed"
like "$passed" "^[0-9]+ passed, " "the unit tests ran"
is "$(failed_tests)" "$(grep -v '^#' $known | grep . | sort)" "what fails is what the emulator cannot do ($known)"
is "$(grep -aE '^FAIL .*\(' "$build/unit-tests.log")" "" "no program crashed, hung or left out a test"
done_testing
