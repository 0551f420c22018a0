# Cortex-M3: Armv7-M, no floating point unit.
set(FIRMWARE_CPU "-mcpu=cortex-m3")
set(FIRMWARE_MACHINE mps2-an385)
set(FIRMWARE_LINKER_SCRIPT mps2.ld)
include(${CMAKE_CURRENT_LIST_DIR}/cortex_m.cmake)
