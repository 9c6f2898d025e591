# What is wrong with a dashboard of Grafana, a line each. $name is its file.
def at($text): "\($name): \($text)";
def panels: [.panels[] | ., (.panels // [])[]];
def covers($a; $b):
  $a.x < $b.x + $b.w and $b.x < $a.x + $a.w and $a.y < $b.y + $b.h and $b.y < $a.y + $a.h;
def variables: [.templating.list[].name];
# The variables that are used anywhere; those that begin with __ are Grafana's.
def used: [.. | strings | scan("\\$\\{?([A-Za-z_]+)") | .[0]] | unique | map(select(startswith("__") | not));

(select((.uid // "") == "" or (.title // "") == "" or .schemaVersion == null) | at("uid, title or schemaVersion is missing")),
(panels | group_by(.id)[] | select(length > 1) | at("the id \(.[0].id) is used by \(map(.title) | join(", "))")),
(panels | group_by(.title)[] | select(length > 1) | at("two panels have the title \(.[0].title)")),
(panels[] | select(.gridPos | .x < 0 or .w < 1 or .h < 1 or .x + .w > 24) | at("\(.title): its place is outside the grid")),
(panels as $all | range($all | length) as $i | range($i + 1; $all | length) as $j |
  select(covers($all[$i].gridPos; $all[$j].gridPos)) | at("\($all[$i].title) lies over \($all[$j].title)")),
(panels[] | select(.type != "row") |
  (select((.description // "") == "") | at("\(.title): no description")),
  (select((.fieldConfig.defaults.unit // "") == "") | at("\(.title): no unit")),
  (select((.targets // []) | length == 0) | at("\(.title): no query")),
  (.targets | group_by(.refId)[] | select(length > 1) | at("the refId \(.[0].refId) is used twice in a panel")),
  (.title as $title | .targets[] | select((.expr // "") == "") | at("\($title): an empty query"))),
# Whichever Prometheus the reader chooses: its uid differs between installations.
([panels[] | select(.type != "row") | .datasource, .targets[].datasource] + [.templating.list[] | select(.type == "query") | .datasource] |
  unique[] | select(. != {type: "prometheus", uid: "${datasource}"}) | at("another datasource than ${datasource}: \(.)")),
(select([.templating.list[] | select(.name == "datasource" and .type == "datasource")] | length != 1) | at("no variable datasource")),
(used - variables | .[] | at("there is no variable \(.)")),
(variables - used | .[] | at("the variable \(.) is not used"))
