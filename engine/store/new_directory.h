// A directory that appears under its name when it is whole.
//
// Purpose: backups, restored and repaired stores are built in PATH.partial and renamed at the end, with every
// file and directory synced before, so that a crash of the process or the machine leaves either all of it or
// nothing under its name. Invariants: PATH.partial is locked by its maker; what a killed one left there is
// removed by the next one. Thread-safety: one thread; several makers of one PATH: the second gets a
// StorageError (in_use).
#pragma once

#include <string>

namespace dossier {

class NewDirectory {
 public:
  // `path` must not exist, or be an empty directory, else StorageError. `what`: "a backup", for the messages.
  NewDirectory(const std::string& path, const std::string& what);
  // The same without a look at `path`: for `exchange`.
  static NewDirectory beside(const std::string& path, const std::string& what);
  NewDirectory(NewDirectory&& other) noexcept;
  NewDirectory& operator=(NewDirectory&&) = delete;
  ~NewDirectory();  // removes what has not got its name

  // Where to build it: a path that does not exist yet.
  std::string work() const { return partial_ + "/new"; }
  // Syncs all files and gives the directory its name.
  void publish();
  // Syncs all files and puts the directory in the place of `path`, in one step; what was there gets the name
  // `old`, which must not exist. StorageError when the file system cannot do it.
  void exchange(const std::string& old);

 private:
  struct Unlooked {};
  NewDirectory(Unlooked, const std::string& path, const std::string& what);
  std::string path_;
  std::string partial_;
  int lock_ = -1;  // a descriptor of partial_
};

// The path without slashes at its end and without `.` and `..`, absolute: two paths of one directory become
// equal.
std::string settled_path(const std::string& path);

}  // namespace dossier
