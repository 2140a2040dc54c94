#include "node/profile.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "node/errors.h"
#include "support/standard_input.h"
#include "unit/node/testing.h"

namespace sotto::node {
namespace {

class ProfileTest : public NodeTest {
 protected:
  static ProfileOptions with_passphrase(const std::filesystem::path& home,
                                        const std::string& passphrase) {
    auto options = profile_options(home, "anna");
    options.passphrase = [passphrase] { return Result<Secret>(Secret(as_bytes(passphrase))); };
    options.new_passphrase = options.passphrase;
    return options;
  }

  std::filesystem::path home_ = dir_ / "home";
};

TEST_F(ProfileTest, IsMadeOnceAndOpenedAfterwards) {
  crypto::Card card;
  {
    const Profile made = must(Profile::open(profile_options(home_, "anna")));
    EXPECT_TRUE(made.made());
    EXPECT_FALSE(made.has_passphrase());
    EXPECT_EQ(made.home(), home_);
    EXPECT_EQ(made.name(), "anna");
    EXPECT_EQ(made.card().name, "anna");
    EXPECT_EQ(made.card().identity_pk, made.keys().identity.public_key);
    EXPECT_TRUE(crypto::check_card(made.card()));
    card = made.card();
  }
  const Profile opened = must(Profile::open(profile_options(home_, "another name")));
  EXPECT_FALSE(opened.made());
  EXPECT_EQ(crypto::fingerprint(opened.card()), crypto::fingerprint(card));
  EXPECT_EQ(opened.card(), card);  // the name it was made with, too
}

TEST_F(ProfileTest, IsOnlyMadeWhereThatIsWanted) {
  const auto missing = Profile::open(profile_options(home_), false);
  EXPECT_EQ(error_of(missing), "store.no_profile");
  EXPECT_NE(missing.error().text().find("sotto init"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(home_));
  must(Profile::open(profile_options(home_)));
  EXPECT_TRUE(Profile::open(profile_options(home_), false));
}

TEST_F(ProfileTest, HasSomeNameWhenNoneIsGiven) {
  EXPECT_FALSE(must(Profile::open(profile_options(home_))).name().empty());
}

TEST_F(ProfileTest, ABadNameIsRefusedBeforeAnythingIsMade) {
  for (const std::string& name : {std::string(" anna"), std::string("an\na"),
                                  std::string(65, 'x'), std::string("\xff")}) {
    EXPECT_EQ(error_of(Profile::open(profile_options(home_, name))), "name.invalid");
  }
  EXPECT_FALSE(std::filesystem::exists(home_));
}

TEST_F(ProfileTest, APassphraseLocksIt) {
  {
    const Profile made = must(Profile::open(with_passphrase(home_, "correct horse")));
    EXPECT_TRUE(made.made());
    EXPECT_TRUE(made.has_passphrase());
  }
  const auto wrong = Profile::open(with_passphrase(home_, "battery staple"));
  EXPECT_EQ(error_of(wrong), "store.wrong_passphrase");
  EXPECT_EQ(wrong.error().kind(), Kind::refused);
  const Profile opened = must(Profile::open(with_passphrase(home_, "correct horse")));
  EXPECT_FALSE(opened.made());
  EXPECT_TRUE(opened.has_passphrase());
}

TEST_F(ProfileTest, WhoCannotBeAskedFails) {
  auto options = profile_options(home_);
  options.new_passphrase = []() -> Result<Secret> {
    return fail(Errc::file_io, "Nobody answers.");
  };
  EXPECT_EQ(error_of(Profile::open(options)), "file.io");
  EXPECT_FALSE(std::filesystem::exists(home_ / "profile.sotto"));
}

TEST_F(ProfileTest, AStoreWithoutItsProfileIsNotTakenOver) {
  must(Profile::open(profile_options(home_)));
  std::filesystem::remove(home_ / "profile.sotto");
  EXPECT_EQ(error_of(Profile::open(profile_options(home_))), "store.exists");
}

// Opens the profile in a process of its own, which says who it is; its process id.
pid_t open_elsewhere(const std::filesystem::path& home, Pipe& start, Pipe& answers) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  char go = 0;
  [[maybe_unused]] const auto started = ::read(start.reader(), &go, 1);
  const auto profile = Profile::open(profile_options(home, "anna"));
  if (profile) {
    answers.write(std::string(profile->made() ? "made " : "found ") +
                  crypto::to_string(crypto::fingerprint(profile->card())) + "\n");
  } else {
    answers.write(profile.error().name() + "\n");
  }
  ::_exit(0);
}

TEST_F(ProfileTest, OfProcessesThatRaceForTheFirstUseOneMakesIt) {
  for (int round = 0; round < 4; ++round) {
    const auto home = dir_ / ("home" + std::to_string(round));
    Pipe start;
    Pipe answers;
    std::vector<pid_t> children;
    for (int i = 0; i < 4; ++i) children.push_back(open_elsewhere(home, start, answers));
    start.write("gogo");
    for (const pid_t child : children) ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    answers.end();
    std::string said(4096, '\0');
    said.resize(static_cast<std::size_t>(
        std::max<ssize_t>(0, ::read(answers.reader(), said.data(), said.size()))));

    const auto fingerprint = crypto::to_string(
        crypto::fingerprint(must(Profile::open(profile_options(home), false)).card()));
    std::multiset<std::string> lines;
    std::istringstream in(said);
    for (std::string line; std::getline(in, line);) lines.insert(line);
    EXPECT_EQ(lines.count("made " + fingerprint), 1U) << said;
    EXPECT_EQ(lines.count("found " + fingerprint), 3U) << said;
  }
}

}  // namespace
}  // namespace sotto::node
