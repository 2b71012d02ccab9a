/* The table of commands. */
#include <string.h>

#include "stockfold/base/nearest.h"
#include "stockfold/cli/command.h"

const struct option_row global_options[] = {
    {"config", "FILE", "read settings from FILE (else $STOCKFOLD_CONFIG, else " SETTINGS_FILE ")"},
    {"set", "SECTION.KEY=VALUE", "set one setting, over the file; repeatable"},
    {"verbose", NULL, "log more on stderr (-v)"},
    {"help", NULL, "this help, or that of a command (-h)"},
    {"version", NULL, "versions of stockfold and its libraries"},
};
const size_t global_options_n = sizeof(global_options) / sizeof(global_options[0]);

const struct command commands[] = {
    {.name = "setup",
     .arguments = "",
     .summary = "create the topics and the view",
     .help =
         "Creates the topics that are missing and the view in Redis; run it again whenever you like. Topics that "
         "exist are compared with what they must be: stock topics that a broker made by itself, before setup, get "
         "message.timestamp.type=LogAppendTime and unlimited retention; where somebody chose otherwise, the command "
         "that changes it is printed. Refuses a view of another shard count.",
     .examples = "stockfold setup\n"
                 "stockfold --set topics.partitions=16 --set topics.replication_factor=3 setup\n",
     .run = cmd_setup},
    {.name = "publish",
     .arguments = "[FILE...]",
     .summary = "check events, items and nodes, and send them to Kafka",
     .help =
         "Reads one JSON object a line, from the files or standard input. An event goes to the topic of its node's "
         "kind (of an unknown node: to the stores'), items and nodes to theirs. Several files are merged by the time "
         "of their events, documents first; a line that is older than the one before it in its file goes right "
         "behind that. A line older than fold.window and behind a newer one is told, since it may be refused as "
         "late; one further ahead of this machine's clock than fold.future_max is refused. Refused lines are told on "
         "stderr with file, line and reason, the rest is sent, and the exit status "
         "is 4. With --complete everything is read and checked first, and nothing is sent unless all of it is "
         "right; a line outside of every scope, a node without a document and a zone that is unknown are wrong use. "
         "The counts that it adds have the time of the newest line of their scope: stock that moves meanwhile is "
         "counted right, so count by zone, each with its own time, while the store is open.",
     .options =
         {{"topic", "TOPIC", "send everything there; what that topic does not take (events, items, nodes) is refused"},
          {"complete", "NODE[/FLOOR[/ZONE]]",
           "the input is all there is in that scope: each sku that the view has there and the input does not "
           "name there gets an empty count; repeatable. Inside a name / is %2F and % is %25, as in URLs; one "
           "that could mean two things, such as A/B where A/B is a node, too, is wrong use"},
          {"at", "TIME", "the moment of the count (RFC 3339) of a scope that the input has no line of"},
          {"dry-run", NULL, "print what would be sent, one JSON object a message, and send nothing"},
          {"strict", NULL,
           "refuse lines with fields, time zones or nodes that are not known, instead of telling each name once"},
          {"yes", NULL, "let --complete empty more than a fifth of a node's items or units"}},
     .examples =
         "stockfold publish nodes.ndjson items.ndjson events.ndjson\n"
         "export-counts | stockfold publish --complete store-014/2/women\n"
         "export-counts | stockfold publish --complete store-014/1 --complete store-014/2 --dry-run | jq .value\n",
     .arguments_max = -1,
     .run = cmd_publish},
    {.name = "delete",
     .arguments = "item SKU|node ID",
     .summary = "delete the document of an item or node",
     .help = "Publishes the deletion (a tombstone) to the topic of items or nodes. The name is given as it is, not "
             "percent-encoded. Its stock stays and answers by its "
             "name, but no list over nodes offers a node without a document. Where the view has no such document (with "
             "--stock: "
             "and no record), nothing is published and the exit status is 1.",
     .options = {{"stock", NULL,
                  "also publish, for every record that the view has of it, a count of this moment that leaves nothing"},
                 {"yes", NULL, "publish the deletion of a document that the view does not have, too"}},
     .examples = "stockfold delete item ZR-7745-M-BLK\n"
                 "stockfold delete node store-014 --stock\n",
     .arguments_min = 2,
     .arguments_max = 2,
     .run = cmd_delete},
    {.name = "refused",
     .arguments = "",
     .summary = "list refused messages, or publish them again",
     .help = "One JSON object a line: reason, detail, the place (topic, partition, offset) where the message was "
             "refused, when, its key and its value as text. A message is listed once, however often it was refused "
             "where it lies: by its newest refusal by this view (view.prefix), or by a fold too old to name its view. "
             "What is replayed and refused again is another message.",
     .options = {{"reason", "REASON", "only those that were refused for it, such as late"},
                 {"since", "TIME", "only those refused since a moment (RFC 3339), or not longer ago than such as 24h"},
                 {"replay", NULL,
                  "publish each again, unchanged, to its topic; one that cannot be sent is told, and the exit status "
                  "is 4"}},
     .examples = "stockfold refused --since 24h | jq -r .detail\n"
                 "stockfold refused --reason future --replay > replayed.ndjson\n",
     .run = cmd_refused},
    {.name = "fold",
     .arguments = "",
     .summary = "fold Kafka into the view",
     .help =
         "Runs until SIGTERM or SIGINT, or, with --until-end, until everything that was in the topics at its start "
         "is committed; then prints one JSON line of totals. Waits for servers that are away. SIGHUP does nothing: "
         "settings are read at the start. Where others of its group hold partitions, --until-end exits with 1 unless "
         "these, too, are committed to their end. The log is on stderr; see [log].",
     .options = {{"until-end", NULL, "stop when everything that was there at the start is committed"},
                 {"timeout", "DURATION", "with --until-end: give up after so long, such as 10m, and exit with 3"},
                 {"accept-gap", "TOPIC[:PARTITION]",
                  "its log was cut or the topic made again, and that is known: fold what it holds now on top of the "
                  "view, from its beginning; counts for what is found before the log is read on, not for what happens "
                  "to it later; one that the fold does not read is wrong use; repeatable"}},
     .examples = "stockfold fold\n"
                 "stockfold fold --until-end | jq .folded\n",
     .run = cmd_fold},
    {.name = "show",
     .arguments = "SKU [NODE]",
     .summary = "print an item's records as JSON, one a line",
     .help = "Names are given as they are, not percent-encoded. Exit status 1 when there is none.",
     .examples = "stockfold show ZR-7745-M-BLK\n"
                 "stockfold show ZR-7745-M-BLK store-014 | jq .places\n",
     .arguments_min = 1,
     .arguments_max = 2,
     .run = cmd_show},
    {.name = "dump",
     .arguments = "",
     .summary = "print every record as JSON, one a line",
     .help = "Sorted by sku, then node (bytes), and canonical: equal views give equal bytes.",
     .examples = "stockfold dump | zstd > view.ndjson.zst\n",
     .run = cmd_dump},
    {.name = "status",
     .arguments = "",
     .summary = "positions and lag, size, shards, refusals, versions",
     .help =
         "Reads the view and the ends of the topics; rates are measured over the interval. Kafka may be away, Redis "
         "may not. Waiting are messages that were read and whose place in the order other partitions still decide, and "
         "those behind them.",
     .options = {{"json", NULL, "one JSON object instead of a table"},
                 {"interval", "DURATION", "measure rates for so long; default 1s, 0s for none"}},
     .examples = "stockfold status\n"
                 "stockfold status --json --interval 5s\n",
     .run = cmd_status},
    {.name = "check",
     .arguments = "",
     .summary = "check the configuration, every server, and whether the view serves",
     .help = "One line each: ok, warn or FAIL, with the address, the cause and what to do. Among them whether the view "
             "serves: all shards are open, and folds read all partitions. Exit status 1 when something fails, 3 when a "
             "server cannot be reached. That nothing answers HTTP is a failure only where http.url is set; "
             "librdkafka's own log comes with -v.",
     .examples = "stockfold --config /etc/stockfold/stockfold.conf check\n",
     .run = cmd_check},
    {.name = "mock-broker",
     .arguments = "",
     .summary = "host a small Kafka broker in memory, for trying out",
     .help = "librdkafka's mock broker with every topic, on a free port of loopback, printed on stdout. It keeps at "
             "most 5 MiB or 100,000 messages of a partition and nothing when it ends, at SIGTERM or SIGINT.",
     .options = {{"partitions", "N", "of each topic; default is the setting topics.partitions"}},
     .examples = "stockfold mock-broker --partitions 4\n",
     .run = cmd_mock_broker},
    {.name = "help",
     .arguments = "[COMMAND|PAGE]",
     .summary = "print this help, that of a command, or a page of the manual",
     .help = "Pages are stockfold, conf, events, http and recipes; they are printed as Markdown.",
     .examples = "stockfold help publish\n"
                 "stockfold help recipes | less\n",
     .arguments_max = 1,
     .needs_no_settings = true,
     .run = cmd_help},
    {.name = "version",
     .arguments = "",
     .summary = "print the versions of stockfold and its libraries",
     .examples = "stockfold version\n",
     .needs_no_settings = true,
     .run = cmd_version},
    {.name = "config",
     .arguments = "",
     .summary = "print the commented configuration file, or the settings that hold",
     .options = {{"effective", NULL,
                  "print each setting as it holds, with where it comes from: default, file or --set; secrets are "
                  "masked"}},
     .examples = "stockfold config > stockfold.conf\n"
                 "stockfold --config /etc/stockfold/stockfold.conf config --effective\n",
     .needs_no_settings = true,
     .run = cmd_config},
    {.name = "man",
     .arguments = "[PAGE]",
     .summary = "print a page of the manual as roff, for man",
     .help = "Pages are stockfold, conf, events, http and recipes; unless one is named, stockfold.",
     .examples = "stockfold man events | man -l -\n"
                 "stockfold man > stockfold.1\n",
     .arguments_max = 1,
     .needs_no_settings = true,
     .run = cmd_man},
    {.name = "completion",
     .arguments = "",
     .summary = "print the completion for bash",
     .examples = "stockfold completion > /usr/share/bash-completion/completions/stockfold\n",
     .needs_no_settings = true,
     .run = cmd_completion},
    {.name = "reference",
     .arguments = "[http|event|item|node|refusal]",
     .summary = "print a reference in Markdown: of HTTP, or of what is published",
     .help = "Of HTTP (also when nothing is named): requests, parameters and problems. Of events: each type with its "
             "fields, and each field. Of items and nodes: each field of their documents, what it may hold and what it "
             "is for. Of refusals: each reason. The manual has them between markers.",
     .examples = "stockfold reference\n"
                 "stockfold reference node\n",
     .arguments_max = 1,
     .needs_no_settings = true,
     .run = cmd_reference},
    {.name = "openapi",
     .arguments = "",
     .summary = "print the OpenAPI document, as /openapi.json answers it",
     .examples = "stockfold openapi > openapi.json\n",
     .needs_no_settings = true,
     .run = cmd_openapi},
    {.name = "schema",
     .arguments = "event|item|node",
     .summary = "print the JSON Schema of events, items or nodes",
     .help =
         "What `publish` and the fold take, as JSON Schema (2020-12), each field with its type, bounds and meaning. It "
         "takes all that they take, and refuses most of what they refuse: what has to fit together is partly said in "
         "words only. With --example a whole document, with every field that it can have.",
     .options = {{"example", NULL, "print an example instead of the schema"}},
     .examples = "stockfold schema item > item.schema.json\n"
                 "stockfold schema --example node | jq -c . | stockfold publish --dry-run\n",
     .arguments_min = 1,
     .arguments_max = 1,
     .needs_no_settings = true,
     .run = cmd_schema},
};
const size_t commands_n = sizeof(commands) / sizeof(commands[0]);

const struct command *command_find(const char *name, struct error *error)
{
    struct nearest nearest = {.wanted = name};
    for (size_t i = 0; i < commands_n; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
        nearest_offer(&nearest, commands[i].name);
    }
    bool near = nearest_is_near(&nearest);
    error_set(error, ERROR_USAGE, "unknown command %s%s%s (see stockfold --help)", name,
              near ? "; the nearest known one is " : "", near ? nearest.word : "");
    return NULL;
}
