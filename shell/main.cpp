// The dossier program: verbs and flags.
#include <cstdio>

int main() {
  std::puts("dossier " DOSSIER_VERSION);
  return 0;
}
