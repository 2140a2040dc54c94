#include "cli/render_inspect.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

node::Inspected locked() {
  node::Inspected file;
  file.kind = "connection";
  file.form = "armor";
  file.size = 700;
  file.lock = "passphrase";
  file.kdf_passes = 3;
  file.kdf_memory_kib = 256 * 1024;
  return file;
}

TEST(InspectJson, TellsOfTheLockAndNotOfWhatIsBehind) {
  EXPECT_EQ(inspected_json(locked()),
            R"({"kind":"connection","form":"armor","version":1,"size":700,"lock":"passphrase",)"
            R"("kdf":{"name":"argon2id","passes":3,"memory_kib":262144},"content":null})"
            "\n");
  auto file = locked();
  file.lock = "recipients";
  file.kdf_passes.reset();
  file.recipients = 2;
  EXPECT_NE(inspected_json(file).find(R"("lock":"recipients","recipients":2,"content":null)"),
            std::string::npos);
}

TEST(InspectText, TellsWhatIsInsideOfAnOpenOne) {
  node::Inspected file;
  file.kind = "connection";
  file.form = "uri";
  file.lock = "none";
  node::InspectedInvite invite;
  invite.host = "an\x1b[1mna";
  invite.fingerprint = "abcd";
  invite.room = "lobby";
  invite.addresses = {"[::1]:4711"};
  invite.allow = {"chat", "files"};
  file.invite = invite;
  const std::string text = inspected_text(file, Style());
  for (const char* line :
       {"kind         connection file, version 1\n", "locked       not at all",
        "fingerprint  abcd\n", "address      [::1]:4711\n", "expires      never\n",
        "may          chat,files\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line;
  }
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(inspected_text(locked(), Style()).find("Argon2id, 3 passes over 256 MiB"),
            std::string::npos);
}

}  // namespace
}  // namespace sotto::cli
