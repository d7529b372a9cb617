//! Commands that people type at a shell: they tell a prompt from a comment where it looks alike.

/// Common commands, each between blanks.
const COMMANDS: &str = " ansible apt apt-get aws awk az bash brew bun bundle cabal cargo cat \
    cd chmod chown clang cmake code composer conda cp crontab curl cut \
    date deno df diff dig dnf docker docker-compose dotnet du echo env \
    exit export ffmpeg find flutter g++ gcc gcloud gem gh git go gradle \
    grep gunzip gzip head helm history htop ip java javac journalctl jq \
    julia kill kubectl less ln ls lsof make man mkdir mount mvn mv mysql \
    nano nc netstat ninja nix node npm npx nslookup openssl pacman \
    passwd patch perl php ping pip pip3 pipenv pnpm podman poetry ps \
    psql pwd pytest python python2 python3 rails rake rm rmdir rsync \
    ruby rustc rustup scp screen sed service sh sleep snap sort source \
    sqlite3 ssh su sudo systemctl tail tar tee terraform tmux top touch \
    tr tree uname uniq unzip uv vi vim wc wget which whoami xargs yarn \
    yum zip zsh ";

/// Whether `line` begins with a common command.
pub(super) fn is_command(line: &str) -> bool {
    let word = line.split(' ').next().unwrap_or_default();
    !word.is_empty() && COMMANDS.contains(&format!(" {word} "))
}
