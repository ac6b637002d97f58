# Sourced by other scripts: the parameters file "$1" → "$@", the options of `osteolens validate` that its keys name.
# MedPerf writes the file anew before each run, with each value on a line of its own, in quotes where YAML requires them.
options=$(awk '
    function fail(why) {
        printf "%s, line %d: %s\n", FILENAME, FNR, why > "/dev/stderr"
        failed = 1
        exit 1
    }
    function take(value) {
        if (value ~ /^".*"[ \t]*(#.*)?$/) {
            sub(/"[ \t]*(#.*)?$/, "", value)
            value = substr(value, 2)
            if (value ~ /\\/) fail("only letters that YAML need not escape can be read")
        } else if (value ~ /^\047.*\047[ \t]*(#.*)?$/) {
            sub(/\047[ \t]*(#.*)?$/, "", value)
            value = substr(value, 2)
            gsub(/\047\047/, "\047", value)
        } else {
            sub(/(^|[ \t]+)#.*$/, "", value)
            sub(/[ \t]+$/, "", value)
            if (value == "null" || value == "~" || value == "[]" || value == "{}") value = ""
            else if (value ~ /^[\[{&*!|>%@`"\047]/) fail("a plain value or a list with one value a line is expected")
        }
        if (value != "") print "--" key "=" value
    }
    { sub(/\r$/, "") }
    /^[ \t]*(#.*)?$/ || /^---[ \t]*$/ || /^\{\}[ \t]*$/ { next }
    /^[a-z][a-z-]*:([ \t]|$)/ {
        key = $0
        sub(/:.*/, "", key)
        if (key !~ /^(reference|site|prevalence|file|class|t-score|person|age|sex|subgroup|class-name|answer)$/)
            fail("\"" key "\" is no parameter")
        sub(/^[^:]*:[ \t]*/, "")
        take($0)
        next
    }
    key != "" && /^[ \t]*-[ \t]/ {
        sub(/^[ \t]*-[ \t]+/, "")
        take($0)
        next
    }
    { fail("neither «parameter: value» nor a value of a list") }
' "$1")
set --
while IFS= read -r option; do
    [ -z "$option" ] || set -- "$@" "$option"
done <<END
$options
END
