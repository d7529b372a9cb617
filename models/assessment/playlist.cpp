#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace player {

struct Track {
    std::string title;
    std::string artist;
    std::chrono::seconds length;
};

class Playlist {
public:
    explicit Playlist(std::string name) : name_(std::move(name)) {}

    const std::string& name() const { return name_; }
    std::size_t size() const { return tracks_.size(); }
    bool empty() const { return tracks_.empty(); }

    void add(Track track) {
        if (track.length <= std::chrono::seconds::zero()) {
            throw std::invalid_argument("a track has to have a length");
        }
        tracks_.push_back(std::move(track));
    }

    bool remove(const std::string& title) {
        auto found = std::find_if(tracks_.begin(), tracks_.end(), [&](const Track& track) {
            return track.title == title;
        });
        if (found == tracks_.end()) {
            return false;
        }
        tracks_.erase(found);
        if (current_ >= tracks_.size()) {
            current_ = 0;
        }
        return true;
    }

    std::optional<Track> current() const {
        if (tracks_.empty()) {
            return std::nullopt;
        }
        return tracks_[current_];
    }

    void next() {
        if (!tracks_.empty()) {
            current_ = (current_ + 1) % tracks_.size();
        }
    }

    void previous() {
        if (!tracks_.empty()) {
            current_ = (current_ + tracks_.size() - 1) % tracks_.size();
        }
    }

    std::chrono::seconds length() const {
        auto total = std::chrono::seconds::zero();
        for (const auto& track : tracks_) {
            total += track.length;
        }
        return total;
    }

    template <typename Generator>
    void shuffle(Generator& generator) {
        std::shuffle(tracks_.begin(), tracks_.end(), generator);
        current_ = 0;
    }

    std::vector<Track> by_artist(const std::string& artist) const {
        std::vector<Track> result;
        std::copy_if(tracks_.begin(), tracks_.end(), std::back_inserter(result),
                     [&](const Track& track) { return track.artist == artist; });
        return result;
    }

private:
    std::string name_;
    std::vector<Track> tracks_;
    std::size_t current_ = 0;
};

}  // namespace player
