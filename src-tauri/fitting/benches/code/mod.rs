//! Code that benchmarks repeat to make long texts.

/// Ten lines.
pub(crate) const PYTHON: &str = "\
def walk(root, depth):
    found = []
    for name in os.listdir(root):
        path = os.path.join(root, name)
        if os.path.isdir(path) and depth > 0:
            found.extend(walk(path, depth - 1))
        elif name.endswith(EXTENSIONS):
            found.append(Entry(path, os.path.getsize(path)))
    return sorted(found, key=lambda entry: entry.size)

";
/// Eleven lines.
pub(crate) const CPP: &str = "\
int walk(const std::string &root, int depth) {
    int found = 0;
    for (const auto &entry : list(root)) {
        if (entry.is_directory() && depth > 0) {
            found += walk(entry.path(), depth - 1);
        } else if (entry.name().ends_with(extension)) {
            found += entry.size() > limit ? 2 : 1;
        }
    }
    return found;
}
";
