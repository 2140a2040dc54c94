#include "cli/render_people.h"

#include <gtest/gtest.h>

namespace sotto::cli {
namespace {

node::ContactInfo bob() {
  node::ContactInfo out;
  out.name = "bob";
  out.fingerprint = "abcd-efgh";
  out.card_name = "Bob";
  out.added = from_unix_ms(1'800'000'000'000);
  out.member_of = {"lobby"};
  return out;
}

TEST(PeopleJson, HoldsTheKeysOfContacts) {
  EXPECT_EQ(contacts_json({}), "{\"contacts\":[]}\n");
  EXPECT_EQ(contact_json(bob()),
            R"({"name":"bob","fingerprint":"abcd-efgh","card_name":"Bob","verified":false,)"
            R"("blocked":false,"tor_only":false,"added":"2027-01-15T08:00:00.000Z","hosts":[],)"
            R"("member_of":["lobby"],"last_seen":null})"
            "\n");
  auto shown = bob();
  shown.safety_number = "12345";
  shown.last_seen = shown.added;
  EXPECT_NE(
      contact_json(shown).find(R"("last_seen":"2027-01-15T08:00:00.000Z","safety_number":)"
                               R"("12345"})"),
      std::string::npos);
  EXPECT_EQ(verified_json(shown),
            R"({"contact":"bob","fingerprint":"abcd-efgh","verified":false})"
            "\n");
}

TEST(PeopleText, MarksWhoIsVerifiedAndWhoIsBlocked) {
  auto contact = bob();
  EXPECT_EQ(contacts_text({{contact}}, Style()), "? bob  abcd-efgh  in lobby\n");
  contact.verified = contact.blocked = true;
  contact.member_of.clear();
  contact.hosts = {"attic", "den"};
  EXPECT_EQ(contacts_text({{contact}}, Style()),
            "\xe2\x9c\x93 bob  BLOCKED  abcd-efgh  hosts attic, den\n");
  const std::string shown = contact_text(contact, Style());
  EXPECT_NE(shown.find("calls themself Bob\n"), std::string::npos);
  EXPECT_NE(shown.find("verified       yes\n"), std::string::npos);
  EXPECT_EQ(shown.find("Tor only"), std::string::npos);
  contact.tor_only = true;
  EXPECT_NE(contact_text(contact, Style()).find("promise        reached through Tor only\n"),
            std::string::npos);
}

TEST(PeopleText, ShowsWhatIsComparedInTwoLines) {
  auto contact = bob();
  contact.safety_number =
      "11111 22222 33333 44444 55555 66666 77777 88888 99999 00000 11111 22222";
  const std::string text = comparison_text(contact, "wxyz", Style());
  EXPECT_NE(text.find("Yours          wxyz\n"), std::string::npos);
  EXPECT_NE(text.find("Theirs         abcd-efgh  bob\n"), std::string::npos);
  EXPECT_NE(text.find("Safety number  11111 22222 33333 44444 55555 66666\n"
                      "               77777 88888 99999 00000 11111 22222\n"),
            std::string::npos);
}

TEST(PeopleText, ShowsForeignTextWithoutHarm) {
  auto contact = bob();
  contact.name = contact.card_name = "b\x1b[31mob";
  contact.hosts = {"a\nb"};
  for (const std::string& text :
       {contacts_text({{contact}}, Style()), contact_text(contact, Style()),
        comparison_text(contact, "wxyz", Style())}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find("a\nb"), std::string::npos);
  }
}

}  // namespace
}  // namespace sotto::cli
