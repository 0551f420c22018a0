# Cortex-M55: Armv8.1-M with vectors (Helium, MVE).
set(FIRMWARE_CPU "-mcpu=cortex-m55 -mfloat-abi=hard")
set(FIRMWARE_MACHINE mps3-an547)
set(FIRMWARE_LINKER_SCRIPT mps3_an547.ld)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
