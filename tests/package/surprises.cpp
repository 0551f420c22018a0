// What symbols.cpp must find: code before main, and state.
#include <string>

namespace skald {

inline std::string made_before_main(40, 'x');
inline int& counter() {
  static int calls = 0;
  return ++calls;
}

}  // namespace skald
