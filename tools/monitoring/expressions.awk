# Names the metrics and labels in expressions that do not exist. The first file has the metrics, NAME LABEL,LABEL a line; the
# second the expressions, where they are from, a tab, and the expression. `target` has labels that every series may have.
BEGIN {
  keywords = ",and,or,unless,by,on,without,ignoring,bool,offset,"
  everywhere = "," target ","
  gsub(" ", ",", everywhere)
}
FNR == NR { split($0, metric, " "); labels[metric[1]] = labels[metric[1]] "," metric[2] ","; next }
function has(list, label) { return index(list, "," label ",") > 0 }
# What is neither a label, a number, a keyword nor a function is a metric.
function check_names(where, text, token) {
  gsub(/[{][^}]*[}]|\[[^]]*\]/, " ", text)
  gsub(/(by|on|ignoring|without|group_left|group_right) *\([^)]*\)/, " ", text)
  sub(/label_values\(/, "", text)
  sub(/, *[a-z_]+\)$/, "", text)
  while (match(text, /[a-zA-Z0-9_:.]+/)) {
    token = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    if (token ~ /^[0-9.]/ || text ~ /^ *\(/ || has(keywords, token) || token in labels) continue
    print where ": there is no metric " token
  }
}
{
  rest = $2
  gsub(/"[^"]*"/, "\"\"", rest)  # what is quoted is a value
  check_names($1, rest)
  used = everywhere
  matched = rest
  while (match(matched, /[a-zA-Z_][a-zA-Z0-9_:]*[{][^}]*[}]|(esteira|kube)[a-zA-Z0-9_:]*/)) {
    selector = substr(matched, RSTART, RLENGTH)
    matched = substr(matched, RSTART + RLENGTH)
    name = selector
    sub(/[{].*/, "", name)
    used = used labels[name]
    if (!(name in labels) || selector !~ /[{]/) continue
    sub(/[^{]*[{]/, "", selector)
    count = split(selector, matcher, /(=~|!~|!=|=)""[}]?,?/)
    for (i = 1; i < count; ++i) {
      gsub(/[ ,]/, "", matcher[i])
      if (!has(labels[name] everywhere, matcher[i])) print $1 ": " name " has no label " matcher[i]
    }
  }
  while (match(rest, /(by|on|ignoring|without|group_left|group_right) *\([^)]*\)/)) {
    list = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    sub(/.*\(/, "", list)
    sub(/\)/, "", list)
    count = split(list, name_list, ",")
    for (i = 1; i <= count; ++i) {
      gsub(/ /, "", name_list[i])
      if (name_list[i] != "" && !has(used, name_list[i])) print $1 ": no metric here has the label " name_list[i]
    }
  }
}
