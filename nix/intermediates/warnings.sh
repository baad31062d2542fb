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

# doubtful_warnings PREVIOUS STAGED: `STEM TAB CAUSE TAB` of the modules that gave warnings
# where warnings are errors now.
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
}
