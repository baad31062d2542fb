# shellcheck shell=bash
# Warnings of modules that are not compiled again: GHC prints none for them, and
# makes none of them an error.

# replay_warnings PREVIOUS RECORD: prints the warnings that the base's build gave
# for modules that were not compiled in this one, in GHC's order, and adds them to
# those of this build. hinc reads them by the phase.
replay_warnings() {
  local previous=$1 record=$2 replayed=$NIX_BUILD_TOP/hinc-replayed
  if [ ! -s "$previous/hinc/warnings" ]; then return 0; fi
  {
    LC_ALL=C sed 's/^[^\t]*\t//; s/\.[^./]*$//' "$record/finished"
    find dist/build -type f -newermt @1 -name '*-boot' -printf '%P\n' | LC_ALL=C sed 's/\.[^./]*-boot$/-boot/'
  } >"$NIX_BUILD_TOP/hinc-compiled"
  LC_ALL=C awk '
    function column(n, field) { split($0, field, "\t"); return field[n] }
    # GHC itself may have given it again: it looks at the head of every source.
    function finish() {
      if (text != "" && !((stem, text) in given) && !(("-" stem, "-" text) in given)) print text
      text = ""
    }
    FILENAME == ARGV[1] { compiled[$0] = 1; next }
    FILENAME == ARGV[2] { there[column(3)] = 1; next }
    FILENAME == ARGV[3] {
      if (column(1) != "") { given[stem, text] = 1; stem = column(1); text = $0 } else text = text "\n" $0
      next
    }
    FNR == 1 { given[stem, text] = 1; text = "" }
    column(1) != "" {
      finish()
      stem = module = column(1)
      sub(/-boot$/, "", module)
      if (!(module in there) || stem in compiled) { stem = ""; next }
      text = $0
      next
    }
    stem != "" { text = text "\n" $0 }
    END { finish() }
  ' "$NIX_BUILD_TOP/hinc-compiled" "$record/modules" "$record/warnings" "$previous/hinc/warnings" >"$replayed"
  if [ ! -s "$replayed" ]; then return 0; fi
  announce replayPhase build
  echo "hinc: warnings of modules that did not have to be compiled again"
  # An empty line after each, as GHC has them.
  LC_ALL=C awk '{ if (!/^\t/ && NR > 1) print ""; sub(/^[^\t]*\t/, ""); print } END { print "" }' "$replayed"
  cat "$replayed" >>"$record/warnings"
}

# pragmas: what the package's sources and headers say that gives warnings in other modules,
# `NAMES TAB FILE TAB TEXT` each. GHC does not compile a module again for them:
# they are part of no hash that it compares for an import.
pragmas() {
  # shellcheck disable=SC2154 # from the derivation
  find . -type f \( -name '*.hs' -o -name '*.lhs' -o -name '*.hsc' -o -name '*.chs' -o -name '*.x' -o -name '*.y' \
    -o -name '*.hs-boot' -o -name '*.lhs-boot' -o -name '*.h' -o -name '*.inc' \) -printf '%P\n' |
    with_any -liE -e '[{]-#[[:space:]]*(DEPRECATED|WARNING|COMPLETE)|^[[:space:]]*(DEPRECATED|WARNING|COMPLETE)' |
    LC_ALL=C xargs -r -d '\n' awk -f "${scripts[pragmas]}" | LC_ALL=C sort
}

# changed_pragmas BEFORE: those that came or went, in the package and in those that
# it depends on. BEFORE has the package's own in the base.
changed_pragmas() {
  local pair
  {
    LC_ALL=C comm -3 "$1" "$NIX_BUILD_TOP/hinc-pragmas"
    # shellcheck disable=SC2154 # from the derivation
    for pair in "${dependencySources[@]}"; do
      LC_ALL=C comm -3 <(cd "${pair% *}" && pragmas) <(cd "${pair#* }" && pragmas)
    done
  } | sed 's/^\t//'
}

# doubtful_warnings PREVIOUS STAGED: `STEM TAB CAUSE TAB ABOUT` of the modules that
# gave warnings where warnings are errors now, and of those that use a name of
# which a pragma changed.
doubtful_warnings() {
  local previous=$1 staged=$2 warned=$2/warned
  cut -f 1 "$previous/hinc/warnings" | LC_ALL=C sed 's/-boot$//' | LC_ALL=C sort -u >"$warned"
  # Of some it is not known whose they are.
  if grep -qxF '?' "$warned"; then cut -f 1 "$staged/found" | LC_ALL=C sort -u >"$warned"; fi
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { warned[$1] = 1; next }
    FILENAME == ARGV[2] { errors[$3] = $5; next }
    ($3 in warned) && errors[$3] != $5 { print $3 "\twarned\t" }
  ' "$warned" "$previous/hinc/modules" "$staged/modules"

  changed_pragmas "$previous/hinc/pragmas" | cut -f 1 |
    tr -s ' ' '\n' | sed '/^$/d' | LC_ALL=C sort -u >"$staged/names"
  if [ -s "$staged/names" ]; then
    # An operator needs no blanks around it.
    grep -v '[[:alnum:]_]' "$staged/names" >"$staged/operators" || true
    {
      cut -f 2 "$staged/sources" | with_any -lwF -f "$staged/names"
      cut -f 2 "$staged/sources" | with_any -lF -f "$staged/operators"
    } | LC_ALL=C sort -u | stems_of "$staged/sources" | with_cause deprecation "$(listed "$staged/names")"
  fi
}

# with_any OPTION...: grep over the files on standard input, of which none needs
# to match.
with_any() {
  # grep ends with 1 where nothing is found, which xargs turns into 123.
  LC_ALL=C xargs -r -d '\n' grep "$@" -- || [ $? -eq 123 ]
}

# stems_of LIST: the stems that LIST, of `STEM TAB PATH`, has for the paths on
# standard input.
stems_of() {
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { entries[$2] = entries[$2] "\n" $1; next }
    $1 in entries { print substr(entries[$1], 2) }
  ' "$1" -
}

# with_cause CAUSE [ABOUT]: adds both to the stems on standard input.
with_cause() {
  CAUSE=$1 ABOUT=${2-} LC_ALL=C awk '{ print $0 "\t" ENVIRON["CAUSE"] "\t" ENVIRON["ABOUT"] }'
}

# listed FILE: its lines in one, at most three of them.
listed() {
  LC_ALL=C awk '
    NR <= 3 { text = text (NR == 1 ? "" : ", ") $0 }
    END { printf "%s%s", text, (NR > 3 ? " and " (NR - 3) " more" : "") }
  ' "$1"
}
