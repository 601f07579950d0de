#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace laminar::cli {
namespace {

// One completable place: the words after `laminar`, and what may follow.
struct Place {
  std::string path;  // "connectors describe", empty at the root
  std::vector<std::string> words;
};

void Collect(const CLI::App& app,
             const std::string& path,
             const std::vector<std::string>& inherited,
             std::vector<Place>& places) {
  Place place{path, inherited};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      place.words.push_back("--" + name);
    }
    for (const std::string& name : option->get_snames()) {
      place.words.push_back("-" + name);
    }
  }
  const std::vector<std::string> options = path.empty() ? place.words : inherited;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    place.words.push_back(command->get_name());
    Collect(*command, path.empty() ? command->get_name() : path + " " + command->get_name(),
            options, places);
  }
  places.push_back(std::move(place));
}

std::string BashScript(const std::vector<Place>& places) {
  std::string text =
      "# bash completion for laminar; add to ~/.bashrc:  source <(laminar generate completion "
      "bash)\n"
      "_laminar() {\n"
      "  local current=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" word words\n"
      "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case \"$word\" in -*) ;; *) path=\"${path:+$path }$word\" ;; esac\n"
      "  done\n"
      "  case \"$path\" in\n";
  for (const Place& place : places) {
    text += fmt::format("    \"{}\") words=\"{}\" ;;\n", place.path, fmt::join(place.words, " "));
  }
  text +=
      "    *) words=\"\" ;;\n"
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "}\n"
      "complete -F _laminar laminar\n";
  return text;
}

std::string ZshScript(const std::vector<Place>& places) {
  return "#compdef laminar\n# zsh completion for laminar; add to ~/.zshrc:  source <(laminar "
         "generate completion zsh)\n"
         "autoload -Uz bashcompinit && bashcompinit\n" +
         BashScript(places);
}

std::string FishScript(const std::vector<Place>& places) {
  std::string text =
      "# fish completion for laminar:  laminar generate completion fish > "
      "~/.config/fish/completions/laminar.fish\n";
  for (const Place& place : places) {
    const std::string condition =
        place.path.empty() ? "__fish_use_subcommand"
                           : fmt::format("__fish_seen_subcommand_from {}",
                                         place.path.substr(place.path.find_last_of(' ') + 1));
    text += fmt::format("complete -c laminar -n '{}' -a '{}'\n", condition,
                        fmt::join(place.words, " "));
  }
  return text;
}

class GenerateCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* generate = root.add_subcommand("generate", "Generate files from the binary itself");
    generate->require_subcommand(1);
    CLI::App* completion = generate->add_subcommand("completion", "Shell completion script");
    completion->fallthrough();
    completion->add_option("SHELL", shell_, "bash | zsh | fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion->footer("Example:\n  source <(laminar generate completion bash)");
    return generate;
  }

  int Run(const CommandContext& context) override {
    std::vector<Place> places;
    Collect(context.root, "", {}, places);
    WriteOutput(shell_ == "bash"  ? BashScript(places)
                : shell_ == "zsh" ? ZshScript(places)
                                  : FishScript(places));
    return kDone;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeGenerateCommand() { return std::make_unique<GenerateCommand>(); }

}  // namespace laminar::cli
