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

# A part of a file is compared by something else than by all its bytes, which may differ at random.
changes_of_all_sorts() {
  describing_program || return 1
  local folder=$work/sorts path
  mkdir -p "$folder/kept/build" "$folder/kept/hinc" "$folder/module" "$folder/out/share"
  printf 'module M (f) where\n\nf :: Int -> Int\nf n = n + 1\n' >"$folder/module/M.hs"
  ghc -v0 -O1 -fwrite-ide-info -package-env - -outputdir "$folder/module" -c "$folder/module/M.hs" || return 1
  # fill NUMBER TEXT: the same files with another number in them.
  fill() {
    local number=$1 object=$folder/module/M.o
    # Begins as a file for editors does; one has its name as well, and another a magic of another GHC.
    printf 'HIERARCHY %s\n' "$number" >"$folder/out/share/letters.txt"
    printf 'HIERARCHY %s\n' "$number" >"$folder/out/share/letters.hie"
    printf 'HIE1\n0.0.1\n%s\n' "$number" >"$folder/out/share/elder.hie"
    { cat "$folder/module/M.hie" && printf '%s' "$number"; } >"$folder/out/share/true.hie"
    { cat "$folder/module/M.hie" && printf '%s' "$number"; } >"$folder/out/share/suffix.txt"
    # An ELF header, and no sections.
    { printf '\177ELF\002\001\001' && head -c 200 /dev/zero && printf '%s' "$number"; } >"$folder/out/share/headless"
    # One whose sections are said to lie beyond its end.
    { printf '\177ELF\002\001\001' && head -c 200 /dev/zero | tr '\0' '\377' && printf '%s' "$number"; } >"$folder/out/share/beyond"
    { cat "$object" && printf '%s' "$number"; } >"$folder/out/share/appended.o"
    { cat "$describe/bin/describe" && printf '%s' "$number"; } >"$folder/out/share/appended"
    printf '%s' "$number" >"$folder/section"
    objcopy --add-section .unloaded="$folder/section" "$object" "$folder/out/share/unloaded.o"
    objcopy --add-section .unloaded="$folder/section" "$describe/bin/describe" "$folder/out/share/unloaded"
    # Of nothing but sections that are not loaded.
    objcopy --only-section .unloaded "$folder/out/share/unloaded.o" "$folder/out/share/only.o"
    rm -f "$folder/out/share/appended.a"
    ar rcs "$folder/out/share/appended.a" "$folder/out/share/appended.o"
    # What may differ: names of local symbols, and debug information.
    objcopy --add-symbol "local$number=.text:0,local" "$object" "$folder/out/share/local.o"
    objcopy --add-section .debug_info="$folder/section" "$object" "$folder/out/share/debug.o"
  }
  fill 12345 || return 1
  described "$folder" || return 1
  cp "$folder/text" "$folder/first"
  fill 12346 || return 1
  described "$folder" || return 1
  # told PATH TEXT: what is said of a file, but for its bytes.
  told() { awk -F '\t' -v path="share/$1" '$2 == path && $3 != "bytes"' "$2"; }
  for path in letters.txt letters.hie elder.hie suffix.txt headless beyond appended.o appended unloaded.o unloaded only.o appended.a; do
    [ "$(told "$path" "$folder/text" | wc -l)" -ge 2 ] || complain "$path has no parts" || return 1
    [ "$(told "$path" "$folder/first")" != "$(told "$path" "$folder/text")" ] ||
      complain "$path is described as before" || return 1
  done
  for path in true.hie local.o debug.o; do
    [ -n "$(told "$path" "$folder/text")" ] || complain "$path is not there" || return 1
    [ "$(told "$path" "$folder/first")" = "$(told "$path" "$folder/text")" ] ||
      complain "$path differs: $(diff <(told "$path" "$folder/first") <(told "$path" "$folder/text") | tr '\n' ' ')" || return 1
  done
}

# facts_of SOURCE FOLDER: what an interface says of a module with this source.
facts_of() {
  local source=$1 folder=$2
  mkdir -p "$folder/kept/build" "$folder/kept/hinc" "$folder/out"
  printf '%s\n' "$source" >"$folder/M.hs"
  (cd "$folder" && ghc -v0 -O1 -package-env - -outputdir kept/build -c M.hs) || return 1
  described "$folder" || return 1
  awk -F '\t' '$1 == "interface" && $3 != "source" && $3 != "abi" && $3 !~ /^declaration / { print $3 "\t" $4 }' "$folder/text"
}

# What has no code differs in a fact of its own, and a body that is inlined in none.
description_of_what_has_no_code() {
  describing_program || return 1
  local before after name first second fact differing index=0
  local head='{-# LANGUAGE TypeFamilies, PatternSynonyms #-}
module M where
import Data.Kind (Type)'
  while IFS='|' read -r name first second fact; do
    index=$((index + 1))
    before=$(facts_of "$head"$'\n'"$(printf '%b' "$first")" "$work/facts$index/1") || return 1
    after=$(facts_of "$head"$'\n'"$(printf '%b' "$second")" "$work/facts$index/2") || return 1
    differing=$(diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") | sed -n 's/^> \([^\t]*\).*/\1/p' | tr '\n' ' ')
    [ "$differing" = "$fact" ] || complain "$name: \`$differing\` differs and not \`$fact\`" || return 1
  done <<'CASES'
a synonym|type Size = Int|type Size = Word|type Size 
a constructor|data T = T Int|data T = T Word|type T 
a method|class C a where { m :: a -> Int; m _ = 1 }|class C a where { m :: a -> Word; m _ = 1 }|type $dmm type C 
an equation|type family F a :: Type where { F Int = Int }|type family F a :: Type where { F Int = Word }|type D:R:F type F 
a family|type family F a :: Type\ntype instance F Int = Int|type family F a :: Type\ntype instance F Int = Word|type D:R:FInt 
a pragma|f :: Int -> Int\nf n = n * 3 + 1\n{-# NOINLINE [1] f #-}|f :: Int -> Int\nf n = n * 3 + 1\n{-# NOINLINE [0] f #-}|type f 
a rule|f, g, h :: Int -> Int\nf n = n\n{-# NOINLINE f #-}\ng n = n + 1\n{-# NOINLINE g #-}\nh n = n + 2\n{-# NOINLINE h #-}\n{-# RULES "f" forall n. f n = g n #-}|f, g, h :: Int -> Int\nf n = n\n{-# NOINLINE f #-}\ng n = n + 1\n{-# NOINLINE g #-}\nh n = n + 2\n{-# NOINLINE h #-}\n{-# RULES "f" forall n. f n = h n #-}|rules 
a deprecation|f :: Int\nf = 1\n{-# DEPRECATED f "one" #-}|f :: Int\nf = 1\n{-# DEPRECATED f "two" #-}|deprecations 
complete patterns|pattern P, Q :: Int\npattern P = 1\npattern Q = 2\n{-# COMPLETE P #-}|pattern P, Q :: Int\npattern P = 1\npattern Q = 2\n{-# COMPLETE Q #-}|complete patterns 
a body|f :: Int -> Int\nf n = n * 3 + 1\n{-# INLINE f #-}|f :: Int -> Int\nf n = n * 3 + 2\n{-# INLINE f #-}|
CASES
  [ "$index" = 10 ] || complain "$index cases"
}

# A static reference table of more than 16 entries is several tables. Which entry is in which follows from the order of
# GHC's names, and that is another one where GHC has read the module's older interface.
tables_in_chains() {
  describing_program || return 1
  local folder=$work/chains file constructors
  mkdir -p "$folder/kept/build" "$folder/kept/hinc" "$folder/out/share" "$folder/new" "$folder/again" "$folder/other"
  constructors=$(printf ' | C%s' {1..40})
  # chain_module COMMENT LAST: a type whose instance names all its constructors.
  chain_module() {
    printf '{-# LANGUAGE DeriveDataTypeable #-}\n-- %s\nmodule M where\n\nimport Data.Data\n\n' "$1"
    printf 'data T = C0%s | %s deriving (Data, Show)\n' "$constructors" "$2"
  }
  # compile_chain FOLDER COMMENT LAST
  compile_chain() { chain_module "$2" "$3" >"$folder/$1/M.hs" && ghc -v0 -O1 -package-env - --make -outputdir "$folder/$1" "$folder/$1/M.hs"; }
  # describe_chain FOLDER: how its object is described, but for its bytes.
  describe_chain() {
    cp "$folder/$1/M.o" "$folder/out/share/M.o" && described "$folder" && awk -F '\t' '$2 == "share/M.o" && $3 != "bytes"' "$folder/text"
  }
  compile_chain again first D && compile_chain again second D && compile_chain new second D && compile_chain other second E || return 1
  ! cmp -s "$folder/new/M.o" "$folder/again/M.o" || complain "GHC gives both the same order" || return 1
  for file in new again other; do describe_chain "$file" >"$folder/$file.text" || return 1; done
  [ "$(grep -c 'references of .data' "$folder/new.text")" = 1 ] || complain "$(cat "$folder/new.text")" || return 1
  diff "$folder/new.text" "$folder/again.text" || complain "another order is a difference" || return 1
  ! cmp -s <(grep 'references of .data' "$folder/new.text") <(grep 'references of .data' "$folder/other.text") ||
    complain "another name is none"
}

# A test suite may print a line of any length.
long_lines() {
  describing_program || return 1
  local folder=$work/long-lines letter first="" second=""
  for letter in a b; do
    rm -rf "$folder"
    mkdir -p "$folder/kept/build" "$folder/kept/hinc" "$folder/out"
    { printf 'short\n'; head -c 100000 /dev/zero | tr '\0' x; printf '%s\n' "$letter"; } >"$folder/kept/hinc/test"
    described "$folder" || return 1
    [ "$(grep -c '^test' "$folder/text")" = 2 ] || complain "$(cut -c 1-80 "$folder/text")" || return 1
    awk 'length() > 70000 { exit 1 }' "$folder/text" || complain "a line is told as it is" || return 1
    first=$second
    second=$(grep '^test.*x$\|^test.*x ' "$folder/text" | tail -c 100)
  done
  [[ $first == *"of 100001 bytes, "* && $second == *"of 100001 bytes, "* ]] || complain "$first" || return 1
  [ "$first" != "$second" ] || complain "what differs at the end of a long line is not seen"
}

check "long lines of a test suite are cut, and told apart by all of them" long_lines
check "whatever a file has besides what GHC does at random is described" changes_of_all_sorts
check "entries of a table that is several tables have no order" tables_in_chains
check "what has no code is described, and no body that is inlined" description_of_what_has_no_code
check "a build is described in memory that does not grow with it" description_in_little_memory
check "files that cannot be read as what they are called are described by their content" description_of_odd_files
