# shellcheck shell=bash
# Warnings of modules that are not compiled again: GHC prints none for them, and
# makes none of them an error.

# warnings STEMS: those in the log of `Setup build` on standard input, by module:
# `STEM TAB LINE`, a line each, an empty one after each warning. GHC prints what
# belongs to a module after its line `Compiling`, also where it compiles several at
# once (GHC/Driver/Pipeline/LogQueue.hs). Of several ways the first counts. STEMS
# gets the stems of the modules that the log names.
warnings() {
  LC_ALL=C awk -v stems="$1" '
    BEGIN { printf "" >stems }
    /^\[ *[0-9]+ of [0-9]+\] / {
      warning = 0
      stem = ""
      # ( SOURCE, OBJECT[, OBJECT] ) [REASON]
      if ($0 !~ /\] Compiling / || split($0, part, ", ") < 2) next
      object = part[2]
      sub(/ \).*/, "", object)
      if (!sub(/^(\.\/)?dist\/build\//, "", object)) next
      gsub(/\/\.\//, "/", object)
      boot = object ~ /-boot$/
      sub(/\.[^.\/]*$/, "", object)
      if (!((object, boot) in seen)) {
        seen[object, boot] = 1
        stem = object
        if (!boot) print stem >stems
      }
      next
    }
    /^(Preprocessing|Building) / { warning = 0; stem = "" }
    stem == "" { next }
    /^[^ ].*:(\([0-9]+,[0-9]+\)-\([0-9]+,[0-9]+\)|[0-9]+:[0-9]+(-[0-9]+)?): warning:/ { warning = 1 }
    warning { print stem "\t" $0 }
    /^$/ { warning = 0 }
  '
}

# replay_warnings PREVIOUS RECORD: prints the warnings that the base's build gave
# for modules that were not compiled in this one, in GHC's order. hinc reads them
# by the phase.
replay_warnings() {
  local previous=$1 record=$2 replayed=$NIX_BUILD_TOP/hinc-replayed
  if [ ! -s "$previous/hinc/warnings" ]; then return 0; fi
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { sub(/\.[^.\/]*$/, "", $2); compiled[$2] = 1; next }
    FILENAME == ARGV[2] { there[$3] = 1; next }
    ($1 in there) && !($1 in compiled) { print substr($0, length($1) + 2) }
  ' "$record/finished" "$record/modules" "$previous/hinc/warnings" >"$replayed"
  if [ ! -s "$replayed" ]; then return 0; fi
  announce replayPhase build
  echo "hinc: warnings of modules that did not have to be compiled again"
  cat "$replayed"
}

# pragmas: what the package's sources say that gives warnings in other modules,
# `NAMES TAB FILE TAB TEXT` each. GHC does not compile a module again for them:
# they are part of no hash that it compares for an import.
pragmas() {
  # shellcheck disable=SC2154 # from the derivation
  find . -type f \( -name '*.hs' -o -name '*.lhs' -o -name '*.hsc' -o -name '*.chs' -o -name '*.x' -o -name '*.y' \
    -o -name '*.hs-boot' -o -name '*.lhs-boot' \) -printf '%P\n' |
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
  if [ -e "$previous/hinc/warnings" ]; then
    cut -f 1 "$previous/hinc/warnings" | LC_ALL=C sort -u >"$warned"
  else
    # The log does not tell whose they are.
    cut -f 1 "$staged/found" | LC_ALL=C sort -u >"$warned"
  fi
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { warned[$1] = 1; next }
    FILENAME == ARGV[2] { errors[$3] = $5; next }
    ($3 in warned) && errors[$3] != $5 { print $3 "\twarned\t" }
  ' "$warned" "$previous/hinc/modules" "$staged/modules"

  changed_pragmas "$previous/hinc/pragmas" | cut -f 1 |
    tr -s ' ' '\n' | sed '/^$/d' | LC_ALL=C sort -u >"$staged/names"
  if [ -s "$staged/names" ]; then
    cut -f 2 "$staged/sources" | with_any -lwF -f "$staged/names" | stems_of "$staged/sources" |
      with_cause deprecation "$(listed "$staged/names")"
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
