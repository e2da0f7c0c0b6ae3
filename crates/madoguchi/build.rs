//! Makes sure that there is a console to embed: cargo builds also where Node never ran.

use std::{fs, path::Path};

const NOT_BUILT: &str = "<!doctype html>
<html lang=\"ja\">
<meta charset=\"utf-8\">
<title>Madoguchi</title>
<p>画面がまだ組み込まれていません。<code>cargo xtask build</code> を実行してください。</p>
<p lang=\"en\">The console is not built in yet. Run <code>cargo xtask build</code>.</p>
</html>
";

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/apps/console/dist");
    if !dist.join("index.html").is_file() {
        fs::create_dir_all(&dist).expect("a writable web folder");
        fs::write(dist.join("index.html"), NOT_BUILT).expect("a writable web folder");
    }
    println!("cargo:rerun-if-changed={}", dist.display());
}
