// Files that must be refused, and the sentence that refuses each. Used by tests and to seed the fuzzers.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/tensor_file.hpp"

namespace support {

struct BrokenFile {
  std::string what;
  std::string bytes;
  std::string message;  // every line of it
};

/// `message` writes "<dir>" for the directory.
struct BrokenCheckpoint {
  std::string what;
  std::vector<std::pair<std::string, std::string>> files;
  std::string message;
};

inline std::string little_endian(std::uint64_t n) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(char(n >> shift & 0xFF));
  return bytes;
}

/// A safetensors file of any header.
inline std::string container(std::string_view header, std::size_t data_bytes) {
  return little_endian(header.size()).append(header).append(data_bytes, '\0');
}

inline std::string valid_safetensors() {
  return TensorFile()
      .add("a", {2, 3}, {1, 2, 3, 4, 5, 6})
      .add("scalar", {}, {7})
      .add("empty", {0, 4}, {})
      .add("odd", skald::StoredType::u8, {3}, "xyz")
      .file();
}

/// Parsed under the name "x.safetensors".
inline std::vector<BrokenFile> broken_safetensors() {
  const auto one = [](const std::string& entry, std::size_t data = 8) {
    return container("{\"w\":" + entry + "}", data);
  };
  const auto two = [](const std::string& a, const std::string& b, std::size_t data) {
    const std::string dtype = "{\"dtype\":\"U8\",\"shape\":";
    return container("{\"a\":" + dtype + a + "},\"b\":" + dtype + b + "}}", data);
  };
  const std::string in = " in x.safetensors";
  return {
      {"nothing", "", "x.safetensors: expected at least 8 bytes, found 0"},
      {"no length", "1234567", "x.safetensors: expected at least 8 bytes, found 7"},
      {"length 2^63", little_endian(std::uint64_t{1} << 63) + "{}",
       "x.safetensors: header: expected at most 100000000 bytes, found 9223372036854775808"},
      {"length 2^64-1", little_endian(~std::uint64_t{0}) + "{}",
       "x.safetensors: header: expected at most 100000000 bytes, found 18446744073709551615"},
      {"length beyond the file", little_endian(3) + "{}", "x.safetensors: header: expected 3 bytes, found 2"},
      {"no header", little_endian(0), "x.safetensors: header: expected \"{\", found nothing"},
      {"a space first", container(" {}", 0), "x.safetensors: header: expected \"{\", found \" \""},
      {"a zero first", container(std::string(1, '\0'), 0), "x.safetensors: header: expected \"{\", found \"\\x00\""},
      {"no JSON", container("{\"w\" 1}", 0),
       "x.safetensors: header: line 1, column 6: Missing a colon after a name of object member."},
      {"no UTF-8", container("{\"\xFF\":1}", 0),
       "x.safetensors: header: line 1, column 3: Invalid encoding in string."},
      {"NaN", container("{\"w\":NaN}", 0),
       "x.safetensors: header: line 1, column 6: NaN and Infinity are not allowed here"},
      {"text behind the header", container("{}x", 0),
       "x.safetensors: header: line 1, column 3: The document root must not be followed by other values."},
      {"too deep", container("{\"w\":" + std::string(500, '['), 0),
       "x.safetensors: header: line 1, column 133: too many arrays and objects within each other"},
      {"an entry that is no object", one("7"), "w: expected an object, found integer" + in},
      {"an empty entry", one("{}"),
       "w: dtype: not found" + in + "\nw: shape: not found" + in + "\nw: data_offsets: not found" + in},
      {"unknown dtype", one(R"({"dtype":"F128","shape":[1],"data_offsets":[0,8]})"),
       "w: dtype: expected one of safetensors, found \"F128\"" + in},
      {"dtype in small letters", one(R"({"dtype":"f32","shape":[2],"data_offsets":[0,8]})"),
       "w: dtype: expected one of safetensors, found \"f32\"" + in},
      {"dtype of another kind", one(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})"),
       "w: dtype: expected a string, found integer" + in},
      {"dtype twice", one(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
       "w: dtype: expected once, found again" + in},
      {"shape of another kind", one(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})"),
       "w: shape: expected an array, found integer" + in},
      {"a negative size", one(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"),
       "w: shape: expected integers from 0, found another thing" + in},
      {"a fraction as size", one(R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})"),
       "w: shape: expected integers from 0, found another thing" + in},
      {"a size beyond 64 bits", one(R"({"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,8]})"),
       "w: shape: expected integers from 0, found another thing" + in},
      {"a product beyond 64 bits", one(R"({"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,8]})"),
       "w: shape: U8 [4294967296, 4294967296] is larger than 64 bits can count" + in},
      {"bits beyond 64 bits", one(R"({"dtype":"F64","shape":[288230376151711744],"data_offsets":[0,8]})"),
       "w: shape: F64 [288230376151711744] is larger than 64 bits can count" + in},
      {"half a byte", one(R"({"dtype":"F4","shape":[15],"data_offsets":[0,8]})"),
       "w: shape: F4 [15] does not fill whole bytes" + in},
      {"three quarters of a byte", one(R"({"dtype":"F6_E2M3","shape":[9],"data_offsets":[0,7]})", 7),
       "w: shape: F6_E2M3 [9] does not fill whole bytes" + in},
      {"too few bytes", one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"),
       "w: expected 12 bytes for F32 [3], found 8" + in},
      {"too many bytes", one(R"({"dtype":"F32","shape":[],"data_offsets":[0,8]})"),
       "w: expected 4 bytes for F32 [], found 8" + in},
      {"one offset", one(R"({"dtype":"F32","shape":[2],"data_offsets":[8]})"),
       "w: data_offsets: expected two integers from 0, found another thing" + in},
      {"a negative offset", one(R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})"),
       "w: data_offsets: expected two integers from 0, found another thing" + in},
      {"offsets in the wrong order", one(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"),
       "w: data_offsets: expected to begin at 0, found 8" + in +
           "\nw: data_offsets: expected an end from 8 to 8, found 0" + in},
      {"an end beyond the file", one(R"({"dtype":"F32","shape":[3],"data_offsets":[0,12]})"),
       "w: data_offsets: expected an end from 0 to 8, found 12" + in},
      {"an end near 2^63",
       one(R"({"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]})"),
       "w: shape: U8 [9223372036854775807] is larger than 64 bits can count" + in +
           "\nw: data_offsets: expected an end from 0 to 8, found 9223372036854775807" + in},
      {"bytes behind the last tensor", one(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})", 9),
       "x.safetensors: expected 8 bytes of data, found 9"},
      {"data without tensors", container("{}", 1), "x.safetensors: expected 0 bytes of data, found 1"},
      {"a hole before the first", one(R"({"dtype":"U8","shape":[7],"data_offsets":[1,8]})"),
       "w: data_offsets: expected to begin at 0, found 1" + in},
      {"a hole", two("[3],\"data_offsets\":[0,3]", "[4],\"data_offsets\":[4,8]", 8),
       "b: data_offsets: expected to begin at 3, found 4" + in},
      {"an overlap", two("[4],\"data_offsets\":[0,4]", "[5],\"data_offsets\":[3,8]", 8),
       "b: data_offsets: expected to begin at 4, found 3" + in},
      {"the same bytes twice", two("[8],\"data_offsets\":[0,8]", "[8],\"data_offsets\":[0,8]", 8),
       "b: data_offsets: expected to begin at 8, found 0" + in},
      {"a name twice",
       container(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                 R"("w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2),
       "w: expected once, found again" + in},
      {"metadata of another kind", container("{\"__metadata__\":[]}", 0),
       "__metadata__: expected an object, found array" + in},
      {"metadata that is no text", container("{\"__metadata__\":{\"n\":1}}", 0),
       "__metadata__: n: expected a string, found integer" + in},
      {"metadata twice", container("{\"__metadata__\":{},\"__metadata__\":{}}", 0),
       "__metadata__: expected once, found again" + in},
      {"a name of several lines", container("{\"a\\nb\\u007f\":0}", 0),
       "a\\x0ab\\x7f: expected an object, found integer" + in},
      {"several faults at once",
       container(R"({"a":{"dtype":"X","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],)"
                 R"("data_offsets":[1,2]},"c":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})", 4),
       "a: dtype: expected one of safetensors, found \"X\"" + in + "\nb: expected 2 bytes for U8 [2], found 1" + in +
           "\nc: data_offsets: expected to begin at 2, found 3" + in},
  };
}

inline std::string quantized_config(const std::string& fields) {
  return "{\"model_type\":\"llama\",\"quantization_config\":{" + fields + "}}";
}

/// Directories, opened as checkpoints.
inline std::vector<BrokenCheckpoint> broken_checkpoints() {
  const std::string weights = valid_safetensors(), config = R"({"model_type":"llama"})";
  const std::string a = TensorFile().add("a", {1}, {1}).file(), b = TensorFile().add("b", {1}, {2}).file();
  const auto only = [&](const std::string& text) {
    return std::vector<std::pair<std::string, std::string>>{{"config.json", text}, {"model.safetensors", weights}};
  };
  const auto sharded = [&](const std::string& index, std::vector<std::pair<std::string, std::string>> files = {}) {
    files.insert(files.end(), {{"config.json", config}, {"model.safetensors.index.json", index}});
    return files;
  };
  const auto escaping = [&](const std::string& what, const std::string& name, const std::string& shown) {
    return BrokenCheckpoint{what, sharded("{\"weight_map\":{\"a\":\"" + name + "\"}}"),
                            "model.safetensors.index.json: weight_map.a: expected the name of a file in the directory, "
                            "found \"" + shown + "\""};
  };
  const std::string index = R"({"metadata":{},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})";
  const std::string pickle =
      ": reading a pickle runs the code in it, so it is not read here; convert it with transformers: "
      "from_pretrained(...).save_pretrained(..., safe_serialization=True)";
  const std::string other_method = "; take the checkpoint that is not quantised (it can be quantised here), or "
                                   "dequantise this one with transformers";
  return {
      {"an empty directory", {},
       "<dir>/config.json: No such file or directory\n"
       "<dir>: no model.safetensors and no model.safetensors.index.json in it"},
      {"no config", {{"model.safetensors", weights}}, "<dir>/config.json: No such file or directory"},
      {"config is no JSON", only("{\"model_type\"\n llama}"),
       "<dir>/config.json: line 2, column 2: Missing a colon after a name of object member."},
      {"config is no object", only("[1, 2]"), "config.json: expected an object, found [1, 2]"},
      {"generation_config is no JSON",
       {{"config.json", config}, {"generation_config.json", "{"}, {"model.safetensors", weights}},
       "<dir>/generation_config.json: line 1, column 2: Missing a name for object member."},
      {"every file is broken", {{"config.json", "x"}, {"generation_config.json", ""}, {"model.safetensors", "x"}},
       "<dir>/config.json: line 1, column 1: Invalid value.\n"
       "<dir>/generation_config.json: line 1, column 1: The document is empty.\n"
       "model.safetensors: expected at least 8 bytes, found 1"},
      {"a pickle", {{"config.json", config}, {"pytorch_model.bin", "x"}},
       "<dir>: expected safetensors, found pytorch_model.bin" + pickle},
      {"several pickles", {{"config.json", config}, {"pytorch_model.bin.index.json", "{}"}},
       "<dir>: expected safetensors, found pytorch_model.bin.index.json" + pickle},
      {"GGUF", {{"config.json", config}, {"model-q4.gguf", "GGUF"}},
       "<dir>/model-q4.gguf: expected safetensors, found GGUF, which is not read here; take the original checkpoint, "
       "or convert it with transformers: from_pretrained(..., gguf_file=...).save_pretrained(...)"},
      {"weights of another framework",
       {{"config.json", config}, {"model.safetensors", TensorFile().file({{"format", "flax"}})}},
       "model.safetensors: __metadata__.format: expected \"pt\", found \"flax\"; load it with transformers and save it "
       "from PyTorch"},
      {"metadata without a format",
       {{"config.json", config}, {"model.safetensors", TensorFile().file({{"made_by", "hand"}})}},
       "model.safetensors: __metadata__.format: expected \"pt\", found nothing"},
      {"an index without a map", sharded("{\"metadata\":{}}"), "model.safetensors.index.json: weight_map: not found"},
      {"a map that is none", sharded("{\"weight_map\":[]}"),
       "model.safetensors.index.json: weight_map: expected an object, found array"},
      {"an index that is no JSON", sharded("{"),
       "<dir>/model.safetensors.index.json: line 1, column 2: Missing a name for object member."},
      escaping("a shard above", "../1.safetensors", "../1.safetensors"),
      escaping("a shard above, hidden", "b/../../1.safetensors", "b/../../1.safetensors"),
      escaping("an absolute shard", "/etc/passwd", "/etc/passwd"),
      escaping("a shard of a drive", "C:1.safetensors", "C:1.safetensors"),
      escaping("a shard with backslashes", "..\\\\1.safetensors", "..\\1.safetensors"),
      escaping("a shard here", "./1.safetensors", "./1.safetensors"),
      escaping("a shard without name", "", ""),
      escaping("a shard that is a folder", "b/", "b/"),
      escaping("a shard with a zero", "1.safetensors\\u0000", "1.safetensors\\x00"),
      {"a shard name of another kind", sharded(R"({"weight_map":{"a":1,"b":null}})"),
       "model.safetensors.index.json: weight_map.a: expected the name of a file in the directory, found \"\"\n"
       "model.safetensors.index.json: weight_map.b: expected the name of a file in the directory, found \"\""},
      {"missing shards", sharded(index),
       "<dir>/1.safetensors: No such file or directory\n<dir>/2.safetensors: No such file or directory"},
      {"a shard that is a directory", sharded(index, {{"1.safetensors/x", ""}, {"2.safetensors", b}}),
       "<dir>/1.safetensors: not a regular file"},
      {"tensors that are not in their shard", sharded(index, {{"1.safetensors", b}, {"2.safetensors", a}}),
       "a: expected in 1.safetensors by the index, found in 2.safetensors\n"
       "b: expected in 2.safetensors by the index, found in 1.safetensors"},
      {"tensors that are nowhere",
       sharded(R"({"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"1.safetensors"}})",
               {{"1.safetensors", a}}),
       "b: expected in 1.safetensors by the index, found nowhere\n"
       "c: expected in 1.safetensors by the index, found nowhere"},
      {"a tensor in two shards",
       sharded(index, {{"1.safetensors", TensorFile().add("a", {1}, {1}).add("b", {1}, {1}).file()},
                       {"2.safetensors", b}}),
       "b: expected in one file, found in 1.safetensors and 2.safetensors\n"
       "b: expected in 2.safetensors by the index, found in 1.safetensors"},
      {"a tensor twice in the index",
       sharded(R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors","b":"1.safetensors"}})",
               {{"1.safetensors", a}, {"2.safetensors", b}}),
       "b: expected in 1.safetensors by the index, found in 2.safetensors"},
      {"GPTQ", only(quantized_config(R"("quant_method":"gptq","bits":4)")),
       "config.json: quantization_config.quant_method: expected bitsandbytes, found gptq (GPTQ)" + other_method},
      {"no method", only(quantized_config("\"bits\":4")),
       "config.json: quantization_config.quant_method: expected bitsandbytes, found nothing" + other_method},
      {"quantization_config of another kind", only(R"({"quantization_config":"nf4"})"),
       "config.json: quantization_config: expected an object, found \"nf4\""},
      {"8 and 4 bits",
       only(quantized_config(R"("quant_method":"bitsandbytes","load_in_8bit":true,"load_in_4bit":true)")),
       "config.json: quantization_config.load_in_8bit: expected only one of load_in_8bit and load_in_4bit, found true"},
      {"a skip list of other things",
       only(quantized_config(R"("quant_method":"bitsandbytes","llm_int8_skip_modules":["lm_head",3])")),
       "config.json: quantization_config.llm_int8_skip_modules: expected a list of names, found [\"lm_head\", 3]"},
      {"fields of other kinds",
       only(quantized_config(R"("quant_method":"bitsandbytes","load_in_4bit":1,"llm_int8_threshold":"6",)"
                             R"("llm_int8_skip_modules":"lm_head","bnb_4bit_compute_dtype":"int4",)"
                             R"("bnb_4bit_quant_type":"nf5")")),
       "config.json: quantization_config.load_in_4bit: expected true or false, found 1\n"
       "config.json: quantization_config.llm_int8_threshold: expected a number, found \"6\"\n"
       "config.json: quantization_config.llm_int8_skip_modules: expected a list of names, found \"lm_head\"\n"
       "config.json: quantization_config.bnb_4bit_compute_dtype: expected float32, float16 or bfloat16, found "
       "\"int4\"\n"
       "config.json: quantization_config.bnb_4bit_quant_type: expected \"nf4\" or \"fp4\", found \"nf5\""},
  };
}

}  // namespace support
