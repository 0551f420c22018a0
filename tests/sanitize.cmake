# Builds with -DSKALD_SANITIZE=: which flags, and which tests are worth it. Meant for -DCMAKE_BUILD_TYPE=None: with -O1
# they take three times as long to compile.
#   address   what reads files and texts of strangers, and the fuzzers' inputs; with SKALD_LONG_TESTS every folder, and
#             ten times as many inputs
#   thread    every test file that starts threads, as one program
#   fuzzer    the fuzzers with libFuzzer, two minutes each
set(flags_address -fsanitize=address,undefined -fno-sanitize-recover=all)
set(flags_thread -fsanitize=thread)
set(flags_fuzzer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
add_compile_options(-fno-omit-frame-pointer ${flags_${SKALD_SANITIZE}})
add_link_options(${flags_${SKALD_SANITIZE}})
# RapidJSON 1.1.0 adds to a null pointer before its first allocation (docs/dependencies.md).
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options(-fsanitize-ignorelist=${CMAKE_CURRENT_SOURCE_DIR}/fuzz/ubsan_ignore.txt)
elseif(SKALD_SANITIZE STREQUAL "address")
  add_compile_options(-fno-sanitize=pointer-overflow)
endif()

# Sets `chosen` to those of `folders` that are to be built.
function(skald_choose_for_sanitizer folders)
  if(SKALD_SANITIZE STREQUAL "address" AND SKALD_LONG_TESTS)
    list(REMOVE_ITEM folders package compile_fail firmware)
    set(chosen ${folders} PARENT_SCOPE)
  elseif(SKALD_SANITIZE STREQUAL "address")
    set(chosen io text fuzz PARENT_SCOPE)
  elseif(SKALD_SANITIZE STREQUAL "fuzzer")
    set(chosen fuzz PARENT_SCOPE)
  else()
    set(chosen "" PARENT_SCOPE)
    foreach(folder IN LISTS folders)
      file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
      foreach(test IN LISTS tests)
        file(STRINGS ${test} starts_threads REGEX "std::j?thread|std::async" LIMIT_COUNT 1)
        if(starts_threads)
          list(APPEND threaded ${test})
        endif()
      endforeach()
    endforeach()
    list(FILTER threaded EXCLUDE REGEX "/(package|golden|docs)/")
    add_executable(test_threads ${threaded})
    target_link_libraries(test_threads PRIVATE test_main test_settings)
    target_precompile_headers(test_threads REUSE_FROM test_settings)
    skald_compile_together(test_threads)
    add_test(NAME threads COMMAND test_threads --catch_system_errors=no --log_level=test_suite)
  endif()
endfunction()
