// Compiled so that the precompiled header of all tests has a home.
