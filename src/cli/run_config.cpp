// config show, config check, doctor.
#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/config.h"
#include "cli/home.h"
#include "cli/json_line.h"
#include "cli/progress_line.h"
#include "cli/streams.h"
#include "node/doctor.h"

namespace sotto::cli {
namespace {

struct Effective {
  const Setting* setting;
  std::string value;
  std::string from;  // "config", "environment", "flag", "default"
  unsigned line = 0;
};

std::string variable(const char* name) {
  const char* value = *name == '\0' ? nullptr : std::getenv(name);
  return value == nullptr ? "" : value;
}

// `home` and `color` are the only settings whose flags every command takes.
std::optional<std::string> given(const Setting& setting, const Surroundings& around) {
  const std::string_view key = setting.key;
  if (key == "home" && around.globals.given_home) return around.globals.given_home;
  if (key == "color" && around.globals.given_color) return around.globals.given_color;
  return std::nullopt;
}

Effective effective(const Setting& setting, const Config& config, const Surroundings& around) {
  if (auto flag = given(setting, around)) return {&setting, *flag, "flag"};
  if (const std::string set = variable(setting.variable); !set.empty()) {
    const bool no_color = std::string_view(setting.key) == "color";
    return {&setting, no_color ? "never" : set, "environment"};
  }
  if (const SetValue* value = config.find(setting.key)) {
    return {&setting, value->value, "config", value->line};
  }
  if (std::string_view(setting.key) == "home" && around.home) {
    return {&setting, around.home->string(), "default"};
  }
  return {&setting, setting.fallback, "default"};
}

std::string origin(const Effective& one, const Config& config) {
  if (one.from == "config") {
    return displayable(config.file.string()) + ":" + std::to_string(one.line);
  }
  return one.from == "environment" ? "$" + std::string(one.setting->variable) : one.from;
}

// A list is shown on one line.
std::string in_one_line(std::string value) {
  for (std::size_t at = value.find('\n'); at != value.npos; at = value.find('\n', at)) {
    value.replace(at, 1, ", ");
  }
  return value;
}

std::string shown_json(const Config& config, const std::vector<Effective>& all) {
  Json::Array settings;
  for (const Effective& one : all) {
    Json entry = Json()
                     .set("key", one.setting->key)
                     .set("value", in_one_line(one.value))
                     .set("from", one.from);
    if (one.line > 0) entry.set("line", static_cast<std::int64_t>(one.line));
    settings.push_back(std::move(entry));
  }
  return json_line(Json()
                       .set("file", config.file.string())
                       .set("exists", config.there)
                       .set("settings", std::move(settings)));
}

std::string shown_text(const Config& config, const std::vector<Effective>& all) {
  std::string out = "file  " + displayable(config.file.string()) +
                    (config.there ? "" : "  (there is none)") + "\n";
  for (const Effective& one : all) {
    std::string key = one.setting->key;
    key.resize(std::max<std::size_t>(key.size(), 12), ' ');
    out +=
        key + "  " + displayable(in_one_line(one.value)) + "  (" + origin(one, config) + ")\n";
  }
  return out;
}

std::string checked_json(const Config& config) {
  Json::Array faults;
  for (const ConfigFault& fault : config.faults) {
    faults.push_back(
        Json().set("line", static_cast<std::int64_t>(fault.line)).set("text", fault.text));
  }
  return json_line(Json()
                       .set("file", config.file.string())
                       .set("exists", config.there)
                       .set("faults", std::move(faults)));
}

std::string checked_text(const Config& config) {
  if (!config.there && config.faults.empty()) {
    return "There is no " + displayable(config.file.string()) + ", and none is needed.\n";
  }
  if (config.faults.empty()) return displayable(config.file.string()) + " is right.\n";
  std::string out;
  for (const ConfigFault& fault : config.faults) {
    out += displayable(config.file.string()) + ":" + std::to_string(fault.line) + ": " +
           fault.text + "\n";
  }
  return out;
}

// --- doctor

const char* name_of(node::Finding::Status status) {
  switch (status) {
    case node::Finding::Status::ok:
      return "ok";
    case node::Finding::Status::warning:
      return "warning";
    case node::Finding::Status::fault:
      break;
  }
  return "fault";
}

std::string findings_json(const std::vector<node::Finding>& findings) {
  Json::Array out;
  for (const node::Finding& finding : findings) {
    out.push_back(Json()
                      .set("check", finding.check)
                      .set("status", name_of(finding.status))
                      .set("text", finding.text)
                      .set("cure", finding.cure));
  }
  return json_line(Json(std::move(out)));
}

std::string findings_text(const std::vector<node::Finding>& findings, const Style& style) {
  std::string out;
  for (const node::Finding& finding : findings) {
    std::string check = finding.check;
    check.resize(std::max<std::size_t>(check.size(), 11), ' ');
    std::string status = name_of(finding.status);
    status.resize(7, ' ');
    const bool fine = finding.status == node::Finding::Status::ok;
    out += (fine ? status : bold(status, style)) + "  " + check + "  " +
           displayable(finding.text) + "\n";
    if (!finding.cure.empty()) {
      out += std::string(22, ' ') + displayable(finding.cure) + "\n";
    }
  }
  return out;
}

}  // namespace

Result<void> run(const ConfigCommand& command, const Surroundings& around) {
  const Config config = load_config(around.globals.config);
  if (command.check) {
    auto printed = print(around.globals.json ? checked_json(config) : checked_text(config));
    return printed ? usable(config) : printed;
  }
  if (auto good = usable(config); !good) return good;
  std::vector<Effective> all;
  for (const Setting& setting : all_settings()) {
    all.push_back(effective(setting, config, around));
  }
  return print(around.globals.json ? shown_json(config, all) : shown_text(config, all));
}

Result<void> run(const DoctorCommand&, const Surroundings& around) {
  if (!around.home) return std::unexpected(around.home.error());
  const Config config = load_config(around.globals.config);
  std::vector<node::Finding> findings;
  {
    ProgressLine line(around.globals.verbosity >= 0);
    const node::DoctorOptions options{
        *around.home,
        [&around] { return around.asker.profile_passphrase(); },
        [&line](std::int64_t done, std::int64_t of) {
          line.show("opened " + std::to_string(done) + " of " + std::to_string(of) + " rows");
        },
        wall_clock(),
        {around.globals.tor_control, around.globals.torrc_include, around.globals.bridges}};
    findings = node::examine(options);
  }
  using Status = node::Finding::Status;
  if (auto good = usable(config); !good) {
    findings.push_back({"config", Status::fault, good.error().text(),
                        "`sotto config check` lists all of it.", good.error()});
  } else {
    findings.push_back({"config", Status::ok,
                        config.there ? "The settings file is right."
                                     : "There is no settings file, and none is needed.",
                        "", std::nullopt});
  }
  auto printed = print(around.globals.json ? findings_json(findings)
                                           : findings_text(findings, around.style));
  return printed ? node::verdict(findings) : printed;
}

}  // namespace sotto::cli
