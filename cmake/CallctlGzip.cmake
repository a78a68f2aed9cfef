# callctl_gzip(<input> <output>): makes the output as Debian policy wants its documents, the same from
# the same input.
find_program(CALLCTL_GZIP gzip REQUIRED)

function(callctl_gzip input output)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CALLCTL_GZIP}" -9nc "${input}" > "${output}"
    DEPENDS "${input}"
    VERBATIM)
endfunction()
