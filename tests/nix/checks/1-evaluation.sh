# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# What can be said of nix/ without building anything.

parts=$repository/fixtures/projects/parts

every_file_parses() {
  local file
  while IFS= read -r file; do
    nix-instantiate --parse "$file" >/dev/null 2>"$work/parse" || complain "$file: $(tail -n 1 "$work/parse")" || return 1
    if grep -nP '\t| +$' "$file" >"$work/format"; then
      complain "$file: tab or blank at the end of line $(cut -d : -f 1 "$work/format" | head -n 1)"
      return 1
    fi
    if awk '{ match($0, /^ */); if (RLENGTH % 2 && !/^ *#/) { exit 1 } }' "$file"; then :; else
      complain "$file: an indentation that is not a multiple of two"
      return 1
    fi
  done < <(find "$repository/nix" -name '*.nix')
}
check "nix files parse and are indented by two" every_file_parses

location_does_not_matter() {
  request "$parts" - || return 1
  local here=$answer
  mkdir -p "$work/elsewhere"
  cp -r "$repository/nix" "$work/elsewhere/other-name"
  chmod -R a+x "$work/elsewhere"
  drive=$work/elsewhere/other-name/drive.nix request "$parts" - || return 1
  [ "$here" = "$answer" ] || complain "another folder gives another derivation"
}
check "evaluation does not depend on the folder or its permissions" location_does_not_matter

no_base_no_reuse() {
  request "$parts" - || return 1
  [ "$(jq -c '.packages[0] | [.full, .incremental, .why_plain]' <<<"$answer")" = "[null,null,null]" ] ||
    complain "$answer"
}
check "without a base there is no incremental derivation" no_base_no_reuse

equal_sources_one_build() {
  request "$parts" "$parts" || return 1
  [ "$(answered .full.drv)" = "$(answered .head_full.drv)" ] || complain "two full builds of one source"
}
check "equal sources have one full build" equal_sources_one_build

# pointless NAME SED-PROGRAM WORDS: head's .cabal file changed by the program
# makes reuse pointless, and the sentence has the words.
pointless() {
  cp -r "$parts" "$work/changed"
  sed_in_place "$1" "$work/changed/parts.cabal"
  request "$work/changed" "$parts"
  local status=$?
  rm -rf "$work/changed"
  [ "$status" -eq 0 ] || return 1
  [ -z "$(answered .incremental)" ] || complain "an incremental derivation all the same" || return 1
  [ -n "$(answered .plain.drv)" ] || complain "no plain derivation" || return 1
  [[ $(answered .why_plain) == *"$2"* ]] || complain "the sentence is: $(answered .why_plain)"
}
check "a version bump is built plainly" pointless 's/0.1.0.0/0.1.0.1/' "version changed from 0.1.0.0 to 0.1.0.1"
check "a package of another name is built plainly" pointless 's/^name: .*/name: other/' "was called parts"

make_is_refused() {
  cp -r "$parts" "$work/make"
  sed_in_place 's/Simple/Make/' "$work/make/parts.cabal"
  if request "$work/make" -; then
    complain "it was accepted"
    return 1
  fi
  reason=""
  grep -q "build-type Make, which hinc cannot build" "$work/evaluation" || complain "$(tail -n 2 "$work/evaluation")"
}
check "build-type Make is refused" make_is_refused

# The same three fields as Cabal's own parser reads them.
cabal_file_is_read() {
  local case name=0 got
  mkdir -p "$work/cabal"
  while IFS='|' read -r case expected; do
    rm -f "$work/cabal"/*.cabal
    printf '%b' "$case" >"$work/cabal/x.cabal"
    got=$(nix-instantiate --eval --strict --json --expr "import $repository/nix/host/cabal-file.nix $work/cabal" 2>&1 |
      jq -r '[.name, .version, .buildType] | join(" ")')
    name=$((name + 1))
    [ "$got" = "$expected" ] || complain "case $name: '$got', expected '$expected'" || return 1
  done <<'CASES'
name: a-b\nversion: 1.2\nbuild-type: Configure\n|a-b 1.2 Configure
Name:a\r\nVERSION :  1\r\nlibrary\r\n  exposed-modules: X\r\n|a 1 Simple
cabal-version: 3.0\nname:\n  wide\nversion:\n    0.1\ncustom-setup\n  setup-depends: base\n|wide 0.1 Custom
-- name: no\nname:          yes\nversion: 3\n\nsource-repository head\n  location: name: other\n|yes 3 Simple
CASES
}
check "name, version and build type are read from the .cabal file" cabal_file_is_read

# edges PACKAGES: what host/project.nix makes of { NAME = USES } with all tests.
edges() {
  nix-instantiate --eval --strict --json -E "let
      use = names: { certain = names; possible = names; };
      packages = $1;
      told = import $repository/nix/host/project.nix (builtins.mapAttrs (_: uses: {
        inherit uses; tests = true; benchmarks = false; }) packages);
    in builtins.mapAttrs (_: edge: edge.dependencies ++ edge.tools ++ (if edge.tests then [ ] else [ \"no tests\" ])) told" 2>&1
}

circles_are_cut() {
  local told
  told=$(edges '{ a = { plain = use [ "base" ]; tests = use [ "b" ]; };
    b = { plain = use [ "a" "b" ]; tests = use [ "a" "c" ]; }; c.plain = use [ "a" ]; }')
  [ "$told" = '{"a":["no tests"],"b":["a","c"],"c":["a"]}' ] || complain "tests: $told" || return 1
  told=$(edges '{ a.plain.possible = [ "b" "c" ]; b.plain = use [ "a" ]; c = { }; }')
  [ "$told" = '{"a":["c"],"b":["a"],"c":[]}' ] || complain "conditions: $told" || return 1
  told=$(edges '{ a.plain.tools = [ "b" ]; b = { }; }')
  [ "$told" = '{"a":["b"],"b":[]}' ] || complain "tools: $told" || return 1
  told=$(edges '{ a.setup = [ "b" "base" ]; b = { }; }')
  [ "$told" = '{"a":["b"],"b":[]}' ] || complain "setup: $told" || return 1
  told=$(edges '{ a.plain = use [ "b" ]; b.plain = use [ "a" ]; }')
  [[ $told == *"the packages a, b depend on each other"* ]] || complain "libraries: $told"
}
check "test suites and conditions do not close circles of packages" circles_are_cut

# Of these checks themselves: an edit that does not do what it says is no edit. In subshells,
# so that this check has no reason to fail of theirs.
idle_edit() { sed_in_place 's/no such text/another/' parts.cabal; }
same_again() { touch parts.cabal; }
half_an_edit() {
  false
  echo more >>parts.cabal
}
edits_that_do_nothing() {
  local edit
  rm -rf "$work/edited"
  cp -r "$parts" "$work/edited"
  for edit in idle_edit same_again half_an_edit; do
    if (make_edit "$work/edited" "$edit") 2>/dev/null; then complain "$edit passes" || return 1; fi
  done
  make_edit "$work/edited" nothing && make_edit "$work/edited" comment
}
check "an edit that does nothing, or half, is seen" edits_that_do_nothing
