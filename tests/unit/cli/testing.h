// Helpers of cli's tests.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace sotto::cli {

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "sotto-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string write(const std::string& name, std::string_view content) const {
    const std::filesystem::path path = path_ / name;
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), 0600);
    return path.string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A descriptor that yields `content` and then ends.
class InputOf {
 public:
  explicit InputOf(std::string_view content) {
    file_ = std::tmpfile();
    std::fwrite(content.data(), 1, content.size(), file_);
    std::rewind(file_);
  }
  ~InputOf() { std::fclose(file_); }
  InputOf(const InputOf&) = delete;
  InputOf& operator=(const InputOf&) = delete;

  int descriptor() const { return ::fileno(file_); }
  // How far it has been read.
  off_t position() const { return ::lseek(descriptor(), 0, SEEK_CUR); }

 private:
  std::FILE* file_;
};

}  // namespace sotto::cli
