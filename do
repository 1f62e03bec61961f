#!/usr/bin/env bash
# The two commands of the README, and what developers need. Everything is safe to repeat.
#   ./do demo [...]   set up, then run the whole pipeline on the demo posts (or --data FILE)
#   ./do test [...]   set up, then lint, type-check, audit and test
#   ./do setup        only set up
#   ./do lint         ruff and mypy
#   ./do audit        known vulnerabilities of the dependencies (left out where the database does not answer)
#   ./do bench        run the benchmarks, record the results in bench/
#   ./do fuzz [...]   give the parsers made-up bytes for a minute each (--seconds, names of parsers; see tests/fuzz/run.py)
#   ./do faults [...] kill stages and nodes, refuse mails, fill disks; the counts go to bench/faults.md (--kills for less, --seed)
#   ./do screenshots  take the README's pictures anew, from the demo's pages
#   ./do lock         bring requirements.lock up to date with pyproject.toml (--upgrade: everything to its newest version)
#   ./do yuqing ...   the yuqing command inside the virtual environment
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

UV_VERSION=0.13.9
VENV=.venv
STAMP=$VENV/installed.sha256

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf '缺少 / missing: %s\n  请安装 / install: %s\n' "$1" "$2" >&2; exit 4; }

find_python() {
    local name
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(not (3,11) <= sys.version_info < (3,14))' 2>/dev/null; then
            command -v "$name"; return
        fi
    done
    die "Python 3.11 – 3.13" "sudo apt-get install python3 python3-venv"
}

check_java() {
    local java=java major
    [ -z "${JAVA_HOME:-}" ] || java=$JAVA_HOME/bin/java
    command -v "$java" >/dev/null || die "JDK 17" "sudo apt-get install openjdk-17-jdk-headless"
    major=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${major:-0}" -ge 17 ] || die "JDK 17 (found / 现有 ${major:-?})" "sudo apt-get install openjdk-17-jdk-headless"
    command -v mvn >/dev/null || die "Maven" "sudo apt-get install maven"
}

# The tests look at the dashboards' pages in a real browser.
check_browser() {
    local as_root=() missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    command -v chromedriver >/dev/null || missing+=(chromium-driver)
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
    if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
        say "安装浏览器 / installing the browser (${missing[*]})"
        # Whether it went well is seen below.
        "${as_root[@]}" apt-get update -qq >&2 || true
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2 || true
    fi
    if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then return; fi
    die "Chromium（测试用的浏览器 / the tests' browser）" "sudo apt-get install chromium chromium-driver"
}

# uv does not read pip's configuration; an office that set a mirror for pip means it for every installer.
use_pip_settings() {
    local index
    index=${PIP_INDEX_URL:-$("$VENV/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
    if [ -n "${PIP_CERT:-}" ]; then export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}; fi
    export UV_LINK_MODE=copy UV_NO_PROGRESS=${CI:+1}
    if [ -z "$UV_NO_PROGRESS" ]; then unset UV_NO_PROGRESS; fi
}

setup() {
    local python wanted
    python=$(find_python)
    check_java
    wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -d' ' -f1)
    if [ "$(cat "$STAMP" 2>/dev/null)" = "$wanted" ] && "$VENV/bin/yuqing" --help >/dev/null 2>&1; then return; fi
    if [ ! -x "$VENV/bin/python" ] || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        say "创建虚拟环境 / creating the virtual environment ($("$python" --version))"
        "$python" -m venv --clear "$VENV" || die "python3-venv" "sudo apt-get install python3-venv"
    fi
    say "安装依赖 / installing the locked dependencies"
    "$VENV/bin/python" -m pip install --quiet "uv==$UV_VERSION"
    use_pip_settings
    export VIRTUAL_ENV=$PWD/$VENV
    "$VENV/bin/uv" pip install --require-hashes -r requirements.lock
    "$VENV/bin/uv" pip install --no-deps --no-build-isolation -e .
    echo "$wanted" > "$STAMP"
}

lint() {
    "$VENV/bin/ruff" check .
    "$VENV/bin/ruff" format --check .
    "$VENV/bin/mypy"
}

audit() {
    "$VENV/bin/python" -m tests.deploy.audit
}

command=${1:-help}; shift || true
case "$command" in
    setup) setup; say "就绪 / ready: ./do yuqing --help" ;;
    demo) setup; exec "$VENV/bin/yuqing" demo "$@" ;;
    test)
        setup; check_browser
        say "检查代码 / lint and types"; lint
        say "检查依赖 / audit"; audit
        say "测试 / tests"; exec "$VENV/bin/python" -m pytest "$@" ;;
    lint) setup; lint ;;
    audit) setup; audit ;;
    bench) setup; exec "$VENV/bin/python" -m bench.run "$@" ;;
    fuzz)
        setup; use_pip_settings
        # Not among the locked dependencies: nothing but this needs it, and not every machine has a wheel of it.
        VIRTUAL_ENV=$PWD/$VENV "$VENV/bin/uv" pip install --quiet -r pyproject.toml --extra fuzz -c requirements.lock
        exec "$VENV/bin/python" -m tests.fuzz.run "$@" ;;
    faults)
        export YUQING_FAULTS_SIZE=full YUQING_FAULTS_KILLS=220
        while [ $# -gt 0 ]; do
            case "$1 ${2:-}" in
                --kills\ [0-9]*) export YUQING_FAULTS_SIZE=some YUQING_FAULTS_KILLS=$2 ;;
                --seed\ [0-9]*) export YUQING_FAULTS_SEED=$2 ;;
                *) echo "用法 / usage: ./do faults [--kills 次数] [--seed 随机数种子]" >&2; exit 2 ;;
            esac
            shift 2
        done
        setup; exec "$VENV/bin/python" -m pytest tests/faults ;;
    screenshots) setup; check_browser; exec "$VENV/bin/python" -m docs.screenshots "$@" ;;
    lock)
        setup; use_pip_settings
        "$VENV/bin/uv" pip compile --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate \
            --no-header --extra dev "$@" pyproject.toml -o requirements.lock ;;
    yuqing) setup; exec "$VENV/bin/yuqing" "$@" ;;
    *) sed -n '2,14s/^# \{0,1\}//p' "$0"; [ "$command" = help ] ;;
esac
