"""Files, columns and labels (E1), and columns at prediction (E44)."""

from __future__ import annotations

from scarce.errors.entry import Entry

DATA: dict[str, Entry] = {
    "E101": Entry("no column {column!r} in {source}", "{suggestion}"),
    "E102": Entry("there is no file {source}", "{suggestion}"),
    "E103": Entry("{source} holds no rows", "give a file with a header and at least one line below it"),
    "E104": Entry(
        "{source} is not written in {encoding}: byte {byte} in line {line}",
        "name another: --encoding NAME",
    ),
    "E105": Entry("{source} is not UTF-8: byte {byte} in line {line}", "{suggestion}"),
    "E106": Entry(
        "{source} holds a NUL byte in line {line}",
        "the file is damaged or not text: export it again as UTF-8",
    ),
    "E107": Entry(
        "line {line} of {source} has {found}, the header has {expected}",
        "correct that line, or remove it if it is no row; a field that holds the delimiter needs double "
        "quotes around it",
    ),
    "E108": Entry(
        "line {line} of {source} has a quote that is not closed as it should be",
        "close the quote, and write a quote inside a quoted field twice",
    ),
    "E109": Entry(
        "{source} has columns of the same name: {names}", "rename them so that each name occurs once"
    ),
    "E110": Entry(
        "column {position} of {source} has no name",
        "name it in the header, or leave it out (pandas: to_csv(..., index=False))",
    ),
    "E111": Entry(
        "{source} has no header: its first line holds {value!r}",
        "name the columns, which says that there is no header: --names {typed}",
    ),
    "E112": Entry(
        "line 1 of {source} is not the header: it {reason}",
        "make line 1 the header, a name for each column; if it is a title, remove it",
    ),
    "E113": Entry(
        "column {column!r} holds numbers such as {value!r} in {where} of {source}, whose mark may be that of "
        "decimals or of thousands",
        "{told}; --drop {typed} leaves the column out",
    ),
    "E114": Entry("{source} is {what}", "{give}"),
    "E115": Entry(
        "{source} is an address, and scarce reads local files only", "download it, then name the file"
    ),
    "E116": Entry("no file matches {source}", "check the pattern, and put it in quotes"),
    "E117": Entry(
        "{source} has not the columns of {first}: it {reason}",
        "read files together only if their names and types agree",
    ),
    "E118": Entry(
        "{source} cannot be read: {reason}", "the file is damaged or of another kind: export it again"
    ),
    "E119": Entry(
        "column {column!r} of {source} holds {kind}, not single values",
        "write its parts as columns of their own, or leave it out of the file",
    ),
    "E120": Entry(
        "{where} of {source} is a JSON {kind}, not an object",
        'write one object a line, such as {{"amount": 5, "fraud": 0}}',
    ),
    "E121": Entry("cannot take a table from {kind}: {reason}", "pass a pandas, polars or pyarrow table"),
    "E122": Entry(
        "column {column!r} is {what} in {share} of its rows, but {where} of {source} holds {value!r}{more}",
        "leave the field empty where a value is missing, or name the column: --keep {typed} takes it as "
        "categories, --drop {typed} leaves it out{word}",
    ),
    "E123": Entry(
        "the system does not let {source} be read: {reason}",
        "copy it to a folder and a name that can be read, and name the copy",
    ),
    "E124": Entry(
        "{source} changed or vanished while it was read",
        "wait until it is complete, or make a copy and name that",
    ),
    "E125": Entry("{source} is not a sound gzip file: {reason}", "fetch it or pack it again"),
    "E126": Entry(
        "{where} of {source} holds {written} in column {column!r}, which is no character of a text",
        "the file is damaged: export it again as UTF-8",
    ),
    "E127": Entry(
        "{where} of {source} is nested too deep to be read",
        'write one object without others inside a line, such as {{"amount": 5, "fraud": 0}}',
    ),
    "E128": Entry(
        "column {column!r} of {source} holds a date too far out to be counted in microseconds",
        "leave the field empty where there is no date, or write the year as a number",
    ),
    "E129": Entry(
        "column {column!r} names a time zone in some dates and none in others: {where} of {source} holds "
        "{value!r}",
        "write the zone, such as Z or +02:00, on all values or on none",
    ),
    "E131": Entry(
        "column {column!r} must hold numbers, but {where} of {source} holds {value!r}",
        "correct that value, or name another column",
    ),
    "E132": Entry(
        "the target {column!r} of {source} is missing in {rows}, first in {places}",
        "label these rows, or leave them out: --unlabelled drop",
    ),
    "E133": Entry(
        "the target {column!r} of {source} is {label!r} in all {count} rows",
        "a trial needs rows of two classes: add the others, or name another target",
    ),
    "E134": Entry(
        "the target {column!r} of {source} has {count} labels, not two: {labels}",
        "say which one counts as positive, against all others: --positive {label}",
    ),
    "E135": Entry(
        "the labels {labels} of target {column!r} are equally frequent ({count} each)",
        "say which one counts as positive: --positive LABEL",
    ),
    "E136": Entry("the target {column!r} has no label {label!r}", "{told}"),
    "E137": Entry("column {column!r} cannot be {roles}", "name it once"),
    "E138": Entry(
        "the weight column {column!r} of {source} holds {reason}",
        "weights count the rows a row stands for: finite, not negative, not 0 throughout a class",
    ),
    "E139": Entry(
        "column {column!r} of {source} has a gap in {where} ({count} in all)",
        "a time or group column needs a value in every row: fill it, or leave these rows out",
    ),
    "E140": Entry(
        "{source} has no feature left", "drop fewer columns, or add some that repeat or are numbers"
    ),
    "E142": Entry(
        "the times in {column!r} must be dates or numbers, but {where} of {source} holds {value!r}",
        "write dates as 2024-01-31, with a time as 2024-01-31 14:05:00",
    ),
    "E143": Entry(
        "the labels {labels} of target {column!r} differ in capitals alone",
        "write them alike if they mean the same; if they do not, name the positive one: --positive LABEL",
    ),
    "E144": Entry(
        "by the costs {costs} {mistake} costs at most {most} in any row of {source}",
        "name a column with amounts of at least 1e-120, or give a number: {key}=100",
    ),
    "E145": Entry(
        "the weights in {column!r} of {source} leave label {label!r} less than {least:g} of the whole",
        "weights count the rows a row stands for: correct them, or name another column",
    ),
    "E146": Entry(
        "the times in {column!r} must be finite, but {where} of {source} holds {value} ({count} in all)",
        "correct these rows, or leave them out",
    ),
    "E147": Entry(
        "{source} has no feature left but ids, which tell only the order of the rows: {names}",
        "add columns that say something of a row; of these keep what is a measurement: --keep {typed}",
    ),
    "E148": Entry(
        "column {column!r} holds dates such as {value!r} in {where} of {source}, whose day and month "
        "cannot be told apart",
        "{told}; --keep {typed} takes the column as categories, --drop {typed} leaves it out",
    ),
    "E149": Entry(
        "column {column!r} holds numbers in several units ({told}), as {value!r} in {where} of {source}",
        "bring them to one unit; --keep {typed} takes the column as categories, --drop {typed} leaves it out",
    ),
    "E150": Entry(
        "column {column!r} was written as {written} when the model was made, and {found}",
        "write it as it was, or train again; an empty field is missing",
    ),
    "E151": Entry(
        "column {column!r} holds dates with the day first and others with the month first: {where} of "
        "{source} holds {value!r}",
        "write all of them in one order; --keep {typed} takes the column as categories, --drop {typed} "
        "leaves it out",
    ),
    "E154": Entry(
        "{source} has {found} a row, and --names holds {names}",
        "give one name for each column, in their order: --names a,b,c",
    ),
    "E155": Entry("{option} does not go with {source}: {reason}", "leave {option} out"),
    "E156": Entry(
        "- means that the data comes from stdin, but {reason}",
        "send a file there (scarce check - --target fraud < data.csv), or name the file",
    ),
    "E157": Entry(
        "there is no encoding {encoding!r} of text", "write it as Python does: --encoding gb18030, or cp1252"
    ),
    "E158": Entry(
        "{source} cannot be read as ARFF: {reason}",
        "export it as CSV; of ARFF numbers, nominal values and dates are read",
    ),
    "E159": Entry("{source} is named twice", "name each file once, or its rows would count twice"),
    "E161": Entry(
        "the target {column!r} of {source} holds {count} different numbers, from {low} to {high}: no labels",
        "say which count as positive: --positive {limit} takes {share} of the rows; or name another target",
    ),
    "E162": Entry(
        "{side} number in the target {column!r} of {source} is {limit}",
        "a trial needs rows on both sides: the numbers run from {low} to {high}",
    ),
    "E163": Entry(
        "no row of {source} has a label in {column!r}", "name the column of labels: --target COLUMN"
    ),
    "E164": Entry(
        "rows without a label cannot be {value!r}", "leave them out: --unlabelled drop; or label them"
    ),
    "E165": Entry(
        "{source} has no feature but text, which hardly repeats: {names}",
        "add columns of numbers or categories; if the text is made of categories after all: --keep {typed}",
    ),
    "E166": Entry(
        "column {column!r} of {source} holds dates, which are no categories",
        "leave it out of --categorical: a model is given the hour and the weekday of a date",
    ),
    "E167": Entry(
        "column {column!r} holds numbers in two ways of writing: {told}, but {value!r} in {where} of "
        "{source}",
        "write all of them with one mark of decimals; --keep {typed} takes the column as categories, --drop "
        "{typed} leaves it out",
    ),
    "E168": Entry(
        "the first sheet of {source}, {sheet!r}, holds no table",
        "only the first sheet is read: move the one with the table to the front ({others}), or export it "
        "as CSV",
    ),
    "E441": Entry("{source} lacks columns that the model needs: {names}", "{suggestion}"),
    "E442": Entry(
        "column {column!r} was a {expected} when the model was made and is a {found} now: "
        "{where} of {source} holds {value!r}",
        "give the column as it was at training, or train again",
    ),
    "E443": Entry(
        "the model's list of columns cannot be used: {reason}", "write the model anew with scarce run"
    ),
    "E444": Entry(
        "column {column!r} was written with leading zeros at training ({before!r}) and is not now: "
        "{where} of {source} holds {value!r}",
        "write the codes as they were: a tool that took them for numbers has dropped the zeros",
    ),
    "E445": Entry(
        "column {column!r}: {now:.0%} of the rows hold values without a code of their own, as {value!r} in "
        "{where} of {source}; at training it was {then:.1%}",
        "is it written as it was at training? The model treats all these values alike",
    ),
    "E446": Entry(
        "column {column!r} held whole numbers as codes at training, and {where} of {source} holds {value!r} "
        "now",
        "write all digits, as they were: a tool that took the codes for numbers has rounded them",
    ),
    "W150": Entry(
        "read as numbers: {columns}",
        "3% is .03, (5) is -5; later data must be written alike",
    ),
    "W151": Entry("read as dates: {columns}", "later data must be written alike"),
    "W152": Entry(
        "column {column!r}: {value} is read with a decimal point, though three digits follow every point",
        "where the point parts thousands, say --decimal ,",
    ),
    "W153": Entry(
        "{option} changes nothing in this table",
        "leave it out, or look how the table is written",
    ),
    "W154": Entry(
        "{source} was recognised as {encoding}, which reads {word!r} in line {line}",
        "name another if that is not what it says: --encoding NAME",
    ),
    "W155": Entry("left out of {source}: {what}", "put into a file of their own what is data"),
    "W156": Entry(
        "left out of {source}: {columns} without a name, empty in all {rows} rows",
        "give a name in the header to what is a column",
    ),
    "W157": Entry(
        "left out of {source}: its first column, nameless and only telling rows apart ({first} to {last})",
        "give it a name in the header if it says more",
    ),
    "W158": Entry("{rows} {why} and left out{positives}", "{so}"),
    "W159": Entry(
        "{count} left out: {names}, text that hardly repeats",
        "if it is made of categories after all: --keep {typed}",
    ),
    "W160": Entry(
        "{label!r} counts as positive ({rows}), against {rest}",
        "predictions call the others {negative!r}",
    ),
    "W161": Entry(
        "{source} is UTF-8, which reads {word!r} in line {line}, and was read so",
        "--encoding {encoding} is for files that are not UTF-8",
    ),
}
