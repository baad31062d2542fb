# From Haskell sources, the pragmas that give warnings in other modules: `NAMES TAB
# FILE TAB TEXT` each, the names between blanks.
function names(text, before, list) {
  sub(/^[ ]*[A-Za-z]+[ ]*/, "", text)
  sub(/^in *"[^"]*" */, "", text)
  sub(/["[].*/, "", text)
  sub(/::.*/, "", text)
  gsub(/[(),]/, " ", text)
  text = " " text " "
  gsub(/ (type|data) /, " ", text)
  gsub(/ +/, " ", text)
  if (text != " ") return text
  if (match(before, /module +[A-Z][A-Za-z0-9_.']* *$/)) {
    list = substr(before, RSTART + 7)
    gsub(/ +/, "", list)
    return " " list " "
  }
  # Whatever it is, it is imported.
  return " import "
}
function found(file, text, rest, start, pragma, end) {
  gsub(/[ \t]+/, " ", text)
  rest = text
  while (match(rest, /[{]-# ?([Dd][Ee][Pp][Rr][Ee][Cc][Aa][Tt][Ee][Dd]|[Ww][Aa][Rr][Nn][Ii][Nn][Gg]|[Cc][Oo][Mm][Pp][Ll][Ee][Tt][Ee]) /)) {
    start = RSTART
    pragma = substr(rest, start + 3)
    if (!match(pragma, /#-[}]/)) return
    end = RSTART
    print names(substr(pragma, 1, end - 1), substr(rest, 1, start - 1)) "\t" file "\t" substr(pragma, 1, end - 1)
    rest = substr(pragma, end + 3)
  }
}
FNR == 1 { if (file != "") found(file, text); file = FILENAME; text = "" }
{ text = text $0 " " }
END { if (file != "") found(file, text) }
