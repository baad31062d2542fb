# shellcheck shell=bash
# shellcheck disable=SC2154 # `work`, `toolchain`, `repository` are those of the script that reads this file
# The program that describes builds for `hinc verify`.

# program: compiles it for the GHC on PATH; its path in the variable `describe`.
describing_program() {
  local expression="import $repository/nix/verify/program.nix { toolchain = builtins.fromJSON (builtins.readFile $work/toolchain.json); }"
  printf '%s' "$toolchain" >"$work/toolchain.json"
  describe=$(nix-build --no-out-link --expr "$expression" 2>"$work/build") ||
    complain "the program was not built: $(tail -n 3 "$work/build" | tr '\n' ' ')"
}

# described FOLDER [LIMIT]: the description of FOLDER/kept and FOLDER/out, in FOLDER/text;
# with no more than LIMIT KiB of memory.
described() {
  local folder=$1 limit=${2:-unlimited}
  (ulimit -d "$limit" && "$describe/bin/describe" "$(ghc --print-libdir)" "$folder/kept" "out=$folder/out" \
    </dev/null >"$folder/text" 2>"$folder/errors") || complain "it failed: $(tail -n 2 "$folder/errors")"
}

# small FOLDER COUNT: a build of one module, COUNT times, and as much of all else that grows.
small() {
  local folder=$1 count=$2 index
  mkdir -p "$folder/kept/build" "$folder/kept/hinc" "$folder/out/lib" "$folder/module"
  printf 'module M (f) where\n\nf :: Int -> Int\nf n = n + 1\n' >"$folder/module/M.hs"
  ghc -v0 -O1 -package-env - -outputdir "$folder/module" -c "$folder/module/M.hs" || return 1
  for ((index = 0; index < count; index++)); do
    cp "$folder/module/M.hi" "$folder/kept/build/M$index.hi"
    cp "$folder/module/M.o" "$folder/kept/build/M$index.o"
    printf 'lib\tM%d\tM%d\n' "$index" "$index" >>"$folder/kept/hinc/modules"
    # Half a megabyte of code.
    {
      cat "$folder/module/M.o"
      head -c 500000 /dev/zero
    } >"$folder/module/N$index.o"
  done
  ar rcs "$folder/out/lib/libM.a" "$folder/module"/N*.o
  awk -v count="$count" 'BEGIN {
    for (i = 0; i < count * 20; i++) {
      printf "M%d\tM.hs:%d:1: warning: [-Wx]\n", i % count, i
      print "\t    a name that is not used in what was compiled"
    }
  }' >"$folder/kept/hinc/warnings"
  awk -v count="$count" 'BEGIN { for (i = 0; i < count * 2000; i++) print "a test printed line", i }' >"$folder/kept/hinc/test"
}

# On Agda it was killed at 23.9 GB. Here it took twenty times this.
description_in_little_memory() {
  describing_program || return 1
  small "$work/many" 200 || return 1
  described "$work/many" 100000 || return 1
  local kind count
  while read -r kind count; do
    [ "$(grep -c "^$kind"$'\t' "$work/many/text")" = "$count" ] || complain "not $count of $kind" || return 1
  done <<'COUNTS'
compiled 200
warning 4000
test 400000
COUNTS
  [ "$(cut -f 1,2 "$work/many/text" | grep -c '^interface' )" -ge 200 ] || complain "no interfaces" || return 1
  [ "$(grep -c $'^file\tlib/libM.a\tmember N' "$work/many/text")" = 200 ] || complain "not all members of the library"
}

# What stands in the way is not passed over.
description_of_odd_files() {
  describing_program || return 1
  local folder=$work/odd
  mkdir -p "$folder/kept/build" "$folder/kept/hinc" "$folder/out"
  printf 'no interface' >"$folder/out/odd.hi"
  printf '!<arch>\nnot a header of sixty bytes, nor the end of it' >"$folder/out/odd.a"
  printf 'caf\xe9\n' >"$folder/kept/hinc/test"
  described "$folder" || return 1
  cp "$folder/text" "$folder/first"
  printf 'no interfacx' >"$folder/out/odd.hi"
  printf '!<arch>\nnot a header of sixty bytes, nor the end of us' >"$folder/out/odd.a"
  printf 'caf\xe8\n' >"$folder/kept/hinc/test"
  described "$folder" || return 1
  local path
  for path in odd.hi odd.a line; do
    # `bytes` alone are no difference: see Elf.hs.
    if diff <(grep -aF "$path" "$folder/first" | grep -av $'\tbytes\t') \
      <(grep -aF "$path" "$folder/text" | grep -av $'\tbytes\t') >/dev/null; then
      complain "$path is described as before"
      return 1
    fi
  done
}

check "a build is described in memory that does not grow with it" description_in_little_memory
check "files that cannot be read as what they are called are described by their content" description_of_odd_files
