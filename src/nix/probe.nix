# The smallest build that shows whether builders can use the GHC of the machine: it compiles,
# links and runs a program. `stamp` makes it another derivation, so that it is built anew.
{
  ghc,
  shell,
  path,
  system,
  fingerprint,
  stamp,
}:
derivation {
  # Nix is not to send it to another machine: the GHC there is not the one that is described here.
  preferLocalBuild = true;
  name = "hinc-probe";
  inherit system ghc fingerprint stamp;
  builder = shell;
  PATH = path;
  args = [
    "-c"
    ''
      set -e
      export HOME=$PWD
      printf 'main :: IO ()\nmain = putStrLn "hinc"\n' >Main.hs
      "$ghc" -v0 -o probe Main.hs
      ./probe >"$out"
      # A shell command stands last: a program that closes its output early may be killed for it.
      :
    ''
  ];
}
