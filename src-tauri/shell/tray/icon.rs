//! The pictures of the icon, a pixmap for each state of the app.

use std::sync::LazyLock;

use gtk::gdk_pixbuf::Pixbuf;
use ksni::Icon;

use crate::app::state::AppState;

const PICTURES: [(AppState, &[u8]); 5] = [
    (AppState::Loading, include_bytes!("../../../icons/tray/loading.png")),
    (AppState::Ready, include_bytes!("../../../icons/tray/ready.png")),
    (AppState::Working, include_bytes!("../../../icons/tray/working.png")),
    (AppState::Degraded, include_bytes!("../../../icons/tray/degraded.png")),
    (AppState::Paused, include_bytes!("../../../icons/tray/paused.png")),
];

/// The pixmaps, decoded once.
static ICONS: LazyLock<Vec<(AppState, Icon)>> =
    LazyLock::new(|| PICTURES.iter().map(|(state, png)| (*state, decode(png))).collect());

/// The picture of `state`.
pub(super) fn icon(state: AppState) -> Icon {
    let icon = ICONS.iter().find(|(shown, _)| *shown == state);
    icon.map(|(_, icon)| icon.clone()).expect("every state has a picture")
}

/// A PNG file with colours and opacity in 8 bits as ARGB in network byte order, which panels take.
fn decode(png: &'static [u8]) -> Icon {
    let picture = Pixbuf::from_read(png).expect("the picture is part of the program");
    let (width, height) = (picture.width() as usize, picture.height());
    let pixels = picture.read_pixel_bytes();
    let rows = pixels.chunks(picture.rowstride() as usize).map(|row| &row[..4 * width]);
    let argb = rows
        .flat_map(|row| row.chunks_exact(4))
        .flat_map(|rgba| [rgba[3], rgba[0], rgba[1], rgba[2]]);
    Icon { width: width as i32, height, data: argb.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_a_picture_of_its_own() {
        let icons: Vec<_> = PICTURES.iter().map(|(state, _)| icon(*state)).collect();
        for (at, icon) in icons.iter().enumerate() {
            assert_eq!(icon.data.len(), (4 * icon.width * icon.height) as usize, "four bytes each");
            assert_eq!(icon.data[0], 0, "nothing is drawn in the corner: opacity comes first");
            let is_new = icons[..at].iter().all(|other| other.data != icon.data);
            assert!(is_new, "a state that looks like another says nothing");
        }
    }
}
