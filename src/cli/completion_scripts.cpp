#include "cli/completion_scripts.h"

#include <cassert>

namespace sotto::cli {
namespace {

constexpr std::string_view bash =
    R"script(# Completes the words of sotto in bash.  Made by `sotto completion bash`.

# Sets `text` to how $1 is typed where $2 has begun: within quotes or not.
_sotto_quote() {
  text=$1
  case $2 in
    \'*) text=${text//\'/\'\\\'\'} ;;
    \"*)
      text=${text//\\/\\\\}
      text=${text//\"/\\\"}
      text=${text//\$/\\\$}
      text=${text//\`/\\\`}
      ;;
    *)
      # What begins with a tilde and a slash is a path.
      if [[ $text == \~/?* ]]; then
        printf -v text '~/%q' "${text:2}"
      else
        printf -v text %q "$text"
      fi
      return
      ;;
  esac
  # Readline closes the quotes, but not behind one.
  [[ $text != *"${2:0:1}" ]] || text+=${2:0:1}
}

_sotto() {
  local paths typed text tail cut word=${COMP_WORDS[COMP_CWORD]}
  local -a found=()
  COMPREPLY=()
  {
    IFS=$'\t' read -r paths typed
    while IFS=$'\t' read -r text _; do found+=("$text"); done
  } < <(command sotto completion words --line "${COMP_LINE:0:COMP_POINT}" 2>/dev/null </dev/null)

  if ((${#found[@]} == 0)); then
    case $paths in
      files) compopt -o default ;;
      folders) compopt -o dirnames ;;
    esac
    return
  fi

  # Readline replaces only what follows the last = or : of a word, which is $2.
  tail=${2#[\"\']}
  tail=${tail//\\/}
  [[ $tail != [=:] ]] || tail=
  cut=$((${#typed} > ${#tail} ? ${#typed} - ${#tail} : 0))
  for text in "${found[@]}"; do
    _sotto_quote "${text:cut}" "$word"
    COMPREPLY+=("$text")
  done
  if [[ $paths == files ]]; then
    while IFS= read -r text; do
      [[ ! -d ${text/#\~\//$HOME/} ]] || text+=/
      _sotto_quote "$text" "$word"
      COMPREPLY+=("$text")
    done < <(compgen -f -- "${typed:cut}")
  fi
  [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != */ ]] || compopt -o nospace
}

complete -F _sotto sotto
)script";

constexpr std::string_view zsh = R"script(#compdef sotto
# Completes the words of sotto in zsh.  Made by `sotto completion zsh`.

_sotto() {
  local line text about paths
  local -a asked answer found
  ((CURRENT > 2)) && asked=("${(@Q)words[2,CURRENT-1]}")
  asked+=("${(Q)PREFIX}")
  answer=("${(@f)$(command sotto completion words -- "${(@)asked}" 2>/dev/null </dev/null)}")
  paths=${answer[1]%%$'\t'*}
  for line in "${(@)answer[2,-1]}"; do
    text=${line%%$'\t'*}
    about=${line#*$'\t'}
    # In a description a colon ends the word.
    found+=("${${text//\\/\\\\}//:/\\:}${about:+:$about}")
  done

  local ret=1
  (($#found)) && _describe -t words 'sotto' found && ret=0
  case $paths in
    files)
      compset -P '--*='
      _files && ret=0
      ;;
    folders)
      compset -P '--*='
      _path_files -/ && ret=0
      ;;
  esac
  return ret
}

# From a folder of $fpath this file is the function itself; else it has been read by `source`.
if [[ ${funcstack[1]} == _sotto ]]; then
  _sotto "$@"
else
  compdef _sotto sotto
fi
)script";

constexpr std::string_view fish =
    R"script(# Completes the words of sotto in fish.  Made by `sotto completion fish`.

function __sotto_complete
    set -l words (commandline -opc)
    # The word being typed, without its quotes, which may be open.
    set -l raw (commandline -ct)
    set -l typed
    for quote in '' \' \"
        set typed (string unescape -- "$raw$quote") && break
    end
    set -l answer (command sotto completion words -- $words[2..-1] "$typed" 2>/dev/null </dev/null)
    set -l first (string split \t -- $answer[1])
    printf '%s\n' $answer[2..-1]
    # Within a word such as --export=FILE the file begins after the sign.  A command that fish
    # knows nothing about is completed by files.
    set -l parts (string match -r -- '^(--[^=]+=|)(.*)$' "$raw")
    switch "$first[1]"
        case files
            printf '%s\n' $parts[2](complete -C "'' $parts[3]")
        case folders
            printf '%s\n' $parts[2](complete -C "'' $parts[3]" | string match -r '.*/(?=\t|$)')
    end
end

complete -c sotto -f -k -a '(__sotto_complete)'
)script";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return bash;
  if (shell == "zsh") return zsh;
  assert(shell == "fish");
  return fish;
}

}  // namespace sotto::cli
