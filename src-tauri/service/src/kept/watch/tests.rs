use std::fs;

use pounce_project::Limits;

use super::*;
use crate::confidence::{Level, Tally};
use crate::request::{Completion, CompletionSource};

const FILE: &str = "def area(self):\n    square = self.radius ** 2\n    return \n";
const KEPT: &str = "def area(self):\n    square = self.radius ** 2\n    return math.pi * square\n";

struct Fixture {
    folder: tempfile::TempDir,
    projects: Arc<Projects>,
    watch: Arc<KeptWatch>,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("code")).unwrap();
        fs::write(folder.path().join("code/area.py"), FILE).unwrap();
        let projects = Projects::read(&[folder.path().join("code")], Limits::default());
        let watch = KeptWatch::open(folder.path().join("kept.json"));
        Self { folder, projects: Arc::new(projects), watch }
    }

    /// Delivers a completion of the last line, and waits until its file was read.
    async fn deliver(&self) {
        let place = self.projects.find("square = self.radius ** 2\nreturn ").unwrap();
        let completion = Completion {
            text: "math.pi * square".into(),
            source: CompletionSource::Model("small".into()),
            confidence: Some(Confidence { probability: 0.5, level: Level::Likely }),
            ..Completion::empty(vec![])
        };
        self.watch.watch(Delivered::new(&place, &completion).unwrap(), &self.projects);
        self.pass(Duration::from_secs(1)).await;
    }

    /// Lets time pass, and the tasks go on.
    async fn pass(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn save(&self, text: &str) {
        let path = self.folder.path().join("code/area.py");
        fs::write(&path, text).unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        let modified = file.metadata().unwrap().modified().unwrap();
        file.set_modified(modified + Duration::from_secs(1)).unwrap();
    }

    /// Of the level that was told: after half a minute, after five.
    fn likely(&self) -> [Tally; 2] {
        let levels = self.watch.counts().levels();
        let likely = levels.iter().find(|it| it.level == Level::Likely).unwrap();
        [likely.half_minute, likely.five_minutes]
    }
}

fn tally(kept: u32, gone: u32) -> Tally {
    Tally { kept, gone }
}

#[tokio::test(start_paused = true)]
async fn a_completion_is_looked_for_after_half_a_minute_and_after_five() {
    let fixture = Fixture::new();
    fixture.deliver().await;
    fixture.save(KEPT);
    assert_eq!(fixture.likely(), [tally(0, 0); 2], "not yet");
    fixture.pass(Duration::from_secs(31)).await;
    assert_eq!(fixture.likely(), [tally(1, 0), tally(0, 0)], "it stands there");
    fixture.save("def area(self):\n    pass\n");
    fixture.pass(Duration::from_secs(5 * 60)).await;
    assert_eq!(fixture.likely(), [tally(1, 0), tally(0, 1)], "it was deleted");
    let written = fs::read_to_string(fixture.folder.path().join("kept.json")).unwrap();
    assert!(!written.contains("math") && !written.contains("area"), "counts alone: {written}");
    let again = KeptWatch::open(fixture.folder.path().join("kept.json"));
    assert_eq!(again.counts(), fixture.watch.counts(), "the next start goes on with them");
    again.clear();
    assert_eq!(again.counts(), KeptCounts::default());
    assert!(!fixture.folder.path().join("kept.json").exists(), "the user has forgotten them");
}

#[tokio::test(start_paused = true)]
async fn a_file_that_was_not_saved_or_had_the_text_says_nothing() {
    let fixture = Fixture::new();
    fixture.deliver().await;
    fixture.pass(Duration::from_secs(10 * 60)).await;
    assert_eq!(fixture.likely(), [tally(0, 0); 2], "the editor may have it unsaved");
    fixture.save(KEPT);
    fixture.deliver().await;
    fixture.save(&format!("{KEPT}\n"));
    fixture.pass(Duration::from_secs(10 * 60)).await;
    assert_eq!(fixture.likely(), [tally(0, 0); 2], "it stood there before");
}

#[tokio::test(start_paused = true)]
async fn a_pause_forgets_what_was_not_looked_for() {
    let fixture = Fixture::new();
    fixture.deliver().await;
    fixture.save(KEPT);
    fixture.watch.forget();
    fixture.pass(Duration::from_secs(10 * 60)).await;
    assert_eq!(fixture.likely(), [tally(0, 0); 2]);
}
