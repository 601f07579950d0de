# What every script here says and how it ends; sourced, not run.
# shellcheck shell=bash

say() { printf '%s\n' "==> $*" >&2; }
warn() { printf '%s\n' "warning: $*" >&2; }

# fail WHAT ADVICE...: ends the script; first line what failed, then what to do about it.
fail() {
  printf '\n%s\n' "error: $1" >&2
  shift
  local line
  for line in "$@"; do
    printf '%s\n' "  $line" >&2
  done
  exit 1
}

# The folder with the prebuilt DuckDB; cmake/Dependencies.cmake looks in the same place.
duckdb_version=1.4.4
duckdb_folder() {
  if [ -n "${LAMINAR_DUCKDB_DIR:-}" ]; then
    printf '%s\n' "$LAMINAR_DUCKDB_DIR"
  else
    printf '%s\n' "${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/laminar/duckdb-$duckdb_version"
  fi
}

# Compiler processes at a time: one a core, but no more than memory bears (about 1.5 GiB each).
build_jobs() {
  local cores memory_kib by_memory
  if [ -n "${LAMINAR_JOBS:-}" ]; then
    printf '%s\n' "$LAMINAR_JOBS"
    return
  fi
  cores=$(nproc)
  memory_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  by_memory=$((memory_kib / 1572864))
  [ "$by_memory" -ge 1 ] || by_memory=1
  [ "$cores" -le "$by_memory" ] || cores=$by_memory
  printf '%s\n' "$cores"
}
