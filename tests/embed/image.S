// The image of phi3.bin as a symbol: what a program does with a .bin.
        .section .rodata.phi3_image,"a"
        .balign 16
        .global phi3_image
phi3_image:
        .incbin "phi3.bin"
        .section .note.GNU-stack,"",%progbits
