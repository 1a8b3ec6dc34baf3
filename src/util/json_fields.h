#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sdcont {

// Fields of JSON objects that others write. A wrong type is nlohmann's exception.

/// null is as good as absent: Go writes it for empty lists.
inline const nlohmann::json* find_field(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

template <typename T>
T get_or(const nlohmann::json& object, const char* key, T otherwise) {
  const nlohmann::json* value = find_field(object, key);
  return value == nullptr ? otherwise : value->get<T>();
}

inline std::string text_of(const nlohmann::json& object, const char* key) {
  return get_or<std::string>(object, key, "");
}

inline std::vector<std::string> words_of(const nlohmann::json& object, const char* key) {
  return get_or<std::vector<std::string>>(object, key, {});
}

}  // namespace sdcont
