#include "node/file_words.h"

#include <gtest/gtest.h>

namespace sotto::node {
namespace {

TEST(FileWords, SizesArePowersOfTen) {
  EXPECT_EQ(size_text(0), "0 bytes");
  EXPECT_EQ(size_text(1), "1 byte");
  EXPECT_EQ(size_text(999), "999 bytes");
  EXPECT_EQ(size_text(1'000), "1.0 kB");
  EXPECT_EQ(size_text(3'449'999), "3.4 MB");
  EXPECT_EQ(size_text(999'949), "999.9 kB");
  EXPECT_EQ(size_text(999'999), "1.0 MB");
  EXPECT_EQ(size_text(10'000'000'000), "10.0 GB");
  EXPECT_EQ(size_text(std::uint64_t{1} << 60), "1.2 EB");
}

TEST(FileWords, AHundredPercentIsAll) {
  EXPECT_EQ(percent_of(0, 0), 100);
  EXPECT_EQ(percent_of(0, 10), 0);
  EXPECT_EQ(percent_of(999'999'999'999, 1'000'000'000'000), 99);
  EXPECT_EQ(percent_of(10, 10), 100);
}

TEST(FileWords, ARefusalNamesWhoAndTheCure) {
  wire::FileOffer offer;
  offer.name = "report.pdf";
  offer.size = 3'400'000;
  const Error nobody = refusal_of(offer, "anna", wire::FileRefusal::not_accepted);
  EXPECT_TRUE(nobody.is(Errc::file_not_accepted));
  EXPECT_EQ(nobody.text(),
            "anna takes no files at the moment. Ask them to start with --accept DIR.");
  const Error large = refusal_of(offer, "an\nna", wire::FileRefusal::too_large);
  EXPECT_TRUE(large.is(Errc::file_over_limit));
  EXPECT_EQ(
      large.text(),
      "report.pdf (3.4 MB) is more than an\\x0ana takes. Ask them for a larger --max-size.");
  EXPECT_TRUE(refusal_of(offer, "a", wire::FileRefusal::failed).is(Errc::file_not_kept));
}

TEST(FileWords, AnOfferThatIsNotTakenSaysHow) {
  wire::FileOffer offer;
  offer.name = "report.pdf";
  offer.size = 3'400'000;
  EXPECT_EQ(offered_notice(offer, "bob").text,
            "bob offers report.pdf (3.4 MB); start with --accept DIR to take files.");
  EXPECT_EQ(too_large_notice(offer, "bob", 1'000'000).text,
            "bob offers report.pdf (3.4 MB), more than the 1.0 MB of --max-size.");
}

}  // namespace
}  // namespace sotto::node
