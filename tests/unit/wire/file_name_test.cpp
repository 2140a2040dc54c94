#include "wire/file_name.h"

#include <gtest/gtest.h>

namespace sotto::wire {
namespace {

TEST(FileName, PlainNamesAreGood) {
  for (const char* good : {"report.pdf", "a", "two words.txt", "r\xc3\xa9sum\xc3\xa9.odt",
                           "a.-~", "x (2).tar.gz", "_", "con", "\xe2\x98\x83"}) {
    EXPECT_TRUE(is_file_name(good)) << good;
    EXPECT_EQ(file_name_of(good), good);
  }
  EXPECT_TRUE(is_file_name(std::string(200, 'a')));
}

TEST(FileName, WhatWouldDoHarmIsNone) {
  for (const char* bad : {"", ".", "..", ".bashrc", "-rf", "~root", " a", "a ", "a.", "a/b",
                          "/", "a\\b", "a\nb", "a\x1b[2J", "e\xe2\x80\xaegpj.exe", "a\xff"}) {
    EXPECT_FALSE(is_file_name(bad)) << bad;
    EXPECT_TRUE(is_file_name(file_name_of(bad))) << bad << " -> " << file_name_of(bad);
  }
  EXPECT_FALSE(is_file_name(std::string(201, 'a')));
  EXPECT_FALSE(is_file_name(std::string("a\0b", 3)));
}

TEST(FileName, OfAPathTheLastPartIsTaken) {
  EXPECT_EQ(file_name_of("/home/anna/report.pdf"), "report.pdf");
  EXPECT_EQ(file_name_of("../../etc/passwd"), "passwd");
  EXPECT_EQ(file_name_of("/home/anna/.profile"), "_profile");
  EXPECT_EQ(file_name_of("/"), "file");
  EXPECT_EQ(file_name_of(".."), "file");
}

TEST(FileName, ALongOneKeepsItsExtensionAndNoHalfCharacter) {
  EXPECT_EQ(file_name_of(std::string(300, 'x') + ".tar"), std::string(196, 'x') + ".tar");
  std::string umlauts;
  for (int i = 0; i < 150; ++i) umlauts += "\xc3\xbc";
  const std::string cut = file_name_of("x" + umlauts);
  EXPECT_TRUE(is_file_name(cut));
  EXPECT_EQ(cut.size(), 199U);
}

TEST(FileName, TheNumberStandsBeforeTheExtension) {
  EXPECT_EQ(numbered("report.pdf", 2), "report (2).pdf");
  EXPECT_EQ(numbered("Makefile", 3), "Makefile (3)");
  EXPECT_EQ(numbered("a.long-last-part-is-no-extension", 2),
            "a.long-last-part-is-no-extension (2)");
}

}  // namespace
}  // namespace sotto::wire
