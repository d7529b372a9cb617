# Nix. Untried: written on a machine without Nix. In the repository's root: nix build ./src-tauri/packaging
{
  description = "Completes code anywhere";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      system = "x86_64-linux";
      pkgs = nixpkgs.legacyPackages.${system};
      root = ../..;
      windows = pkgs.buildNpmPackage {
        pname = "pounce-windows";
        version = "0.1.0";
        src = root + "/ui";
        npmDepsHash = pkgs.lib.fakeHash;
        installPhase = "cp -r dist $out";
      };
    in {
      packages.${system}.default = pkgs.rustPlatform.buildRustPackage {
        pname = "pounce";
        version = "0.1.0";
        src = root;
        cargoLock.lockFile = root + "/Cargo.lock";
        nativeBuildInputs = [ pkgs.pkg-config pkgs.wrapGAppsHook3 ];
        buildInputs = [ pkgs.webkitgtk_4_1 pkgs.gtk3 ];
        preBuild = "cp -r ${windows} ui/dist";
        doCheck = false;
        postInstall = ''
          mkdir -p $out/lib/pounce/models
          cp -r models/pounce-50m models/catalog.json $out/lib/pounce/models/
          ln -s ${pkgs.onnxruntime}/lib/libonnxruntime.so $out/lib/pounce/libonnxruntime.so
          install -Dm644 src-tauri/packaging/Pounce.desktop -t $out/share/applications
          install -Dm644 src-tauri/packaging/dev.pounce.Pounce.metainfo.xml -t $out/share/metainfo
        '';
      };
    };
}
