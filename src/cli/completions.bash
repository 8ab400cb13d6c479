# Completes newsdex in bash: commands and flags, and names, words and fields of the index.
_newsdex() {
    local raw="${COMP_WORDS[COMP_CWORD]}" item at
    local words=("${COMP_WORDS[@]}")
    words[COMP_CWORD]="$2"
    COMPREPLY=()
    while IFS= read -r -d $'\013' item || [[ -n $item ]]; do
        COMPREPLY+=("$item")
    done < <(
        _CLAP_IFS=$'\013' _CLAP_COMPLETE_INDEX="$COMP_CWORD" _CLAP_COMPLETE_COMP_TYPE="$COMP_TYPE" \
            _CLAP_COMPLETE_SPACE=false NEWSDEX_COMPLETE=bash newsdex -- "${words[@]}" 2> /dev/null
    )
    # What is not in quotes gets backslashes before blanks and quotes.
    if [[ $raw != [\"\']* ]]; then
        for at in "${!COMPREPLY[@]}"; do
            printf -v item '%q' "${COMPREPLY[at]}"
            COMPREPLY[at]="$item"
        done
    fi
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2> /dev/null
    fi
}
# A query is one word, colons and all.
COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=]/}
complete -o bashdefault -F _newsdex newsdex
