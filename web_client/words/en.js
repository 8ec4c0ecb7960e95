/**
 * 2,048 English words to be said and typed. How they were chosen, and from what: verification/words/DECISIONS.md.
 * The place of a word in the list is what two pages agree on, so the order never changes within a version.
 */

const LIST = `
abacus abide abundant acacia accept acclaim accrue acetic acme acorn acreage acrobat adage adaptor adherent
adjourn admin admiral admire adopt adore adrift advert advisor advocate aegis aerial aerosol afar afloat afoot
agate agenda ahoy airborne aircraft airfare airfield airlift airline airplane airship airspace airstrip
airtight airway alchemy alcove alder alfalfa alike alkali allergen allergic allergy alleyway alloy allure
almanac almond aloha aloof alphabet amalgam amaze ambient ambrosia amethyst amnesty amoeba amulet anagram
analog analyze ancestor ancestry anchovy anecdote angelic animate animus anise anode antelope antennae antler
anvil anyplace aorta apogee apparel appeal append appetite applause appoint approach approval apricot apron
aquatic aqueduct aquifer arbiter arbor arcade archery archway argon argyle arid armament armband armchair
armpit arrival artisan artistic artistry arty ascent asphalt aspirant aspire aspirin assay assemble assessor
assign assuage asterisk asteroid astray asunder athletic atomic attire automate avatar avenue avian await
award awash axiom axle azalea azure babble babysit back bagel baggage bakery balloon ballot ballpark ballroom
balsam band banjo banquet bantam banter banyan barbecue barbell barefoot barge barista baritone barium barley
barnyard baronet barrack barrow basalt baseball baseline baseman basis bathrobe bathroom bathtub bauxite
bazaar beacon bedrock bedroom bedside bedtime beep behavior beige beltway bevel beverage bicep bighorn billion
binge bionic birch birthday bismuth bistro bitumen blank blend blimp bliss blister blizzard blockade blog
blowout bluebird blurb boast bobcat bodice bolster bonanza bonfire bongo bonnet bonny boogie bookcase booklet
bookmark bookshop bookworm boom bore bossy botanist botany bottle boudoir bouncy boundary bouquet bout boycott
boyhood bracelet bracken brackish brake brash bravado bravery breadth breakage breakup breathe breezy bridal
brighten brim brine brisket bristle broad brocade brogan bromide bronco brooch browse bucket buckeye buff
bugle buildup built bulkhead bulky bull bulwark bumble bunch bungalow buoyant burlap burrito busby bushel
butte button buttress buzzard bylaw cabaret caboose cache cacti calcite calculus calendar calico caliper
callus calorie calypso cameo campfire campsite campus canary canine canister canopy cant canvass capture
caramel caravan cardigan cardinal care carnival carotid carousel carriage cartoon cashmere cask cassette
castaway catapult cataract catfish cathode catnip cauldron causeway cavalry caveman cedar cellar censure
centaur chaff chain chairman chalice chamber chancery channel charade charcoal chariot charisma chart chatty
checkout checkup cheeky cheetah cherish chess chestnut chew chiffon children chime chip chisel chivalry choir
chorus chowder chug chutney cilantro cinch circular circus cistern citric clamp clarinet clarion class cleanup
clear clench climate clink cloak cloister closet clot cloudy clutter coalesce coastal cobble cocoa coda
coexist cogent coinage cold coleslaw college colony colossus comeback comedic comedy comet comfy command
commerce compel complete compost compress compute comrade concave concept concrete confetti confide confound
conifer conquest conserve content contrast converse convex conveyor convoy cookbook cookie coolant cope
copycat corduroy cornea corral corsair cosmetic cosmic cough council countess county coupon courier court
covenant coverage covert covey cowboy coworker cozy crackle crag crayfish creamy crepe crewman crimp crimson
crispy critter crochet crockery crossbow crowbar crown crumb crunchy cryptic cubic cuckoo cucumber cuddle
cultural cupcake curator curb curtail cuticle cutlass cutlery cutout cyclic cyclone cylinder cymbal daddy
dahlia dainty dame dapper darkroom data dateline daybreak daydream daylight daytime dazzle dearth debut decaf
decent deck declare decor deepen defiant deft delegate demo denim depot desktop dessert destiny detour devotee
dialect dialog diehard dimple dingo diode dioxide diplomat dipole director discreet diss ditto diurnal diverse
dividend dockyard dodo doggy dogmatic dollop domestic domino donut doodle doorbell doorknob doorman doorstep
doorway dowager down dozen drab drainage dramatic drank drapery drawback dredge dressage dribble driven
driveway droid droplet dropout drowsy drywall duchy duet dugout dumbbell dwelt dwindle dynastic dynasty
earshot earthen earthy easel eastward eaten echelon eclectic edible effect eggplant egress eighteen elastic
elevate eleven embassy ember emblem emcee emerald emir empathy emphasis emphatic empire employee empress
enamel enchant endeavor endure ensemble ensign entrant envisage epistle epsilon equator equine ergo errant
escort esteem estimate etch ethic euphoric eureka evade everyday everyone exalt exemplar expedite expiry
exponent extant eyeball eyelash eyelid eyeliner eyesore facelift fact falcon falsetto fanfare faraway farce
farewell farina farmland farther farthest fasten faucet fear fedora feisty feline fellow felon ferret fervent
feta fibula fiddle fidget fife fiftieth fifty figurine filament fillet fireman fireside firewall firewood
firework fishery fixture flagpole flagship flake flange flannel flashy flask flatten flattery flaunt fleet
flesh flew flexible flippant flood flop floral flotilla flounder flour flown fluent fluffy fluorine flywheel
foliage folk follicle followup fondue font footage football foothold footnote footpath footwear footwork
forearm forecast forego forehand forehead forestry forklift form fortress forty fought fountain foursome fowl
foxtrot fractal freedom freehold freeway freeze freight freshen fridge frock frolic frontage froth fructose
fudge fulcrum fulfil fullback fund funky funnel furnish furry fuse fuzzy gabby gaggle galactic galena gallium
gallon galore gambit ganglia gargoyle garnet garnish garter gasoline gastric gateway gauntlet gazette gearbox
gecko gelatin gemstone genera getaway gigabyte gigantic ginseng girdle giveaway gizmo glacier glamour glaze
gleam glint glitch glitter gloat globular glossy glucose gluten glycogen gnome goalie goblet godsend goldfish
gondola gong goof governor grade gradient graduate graft gram grandad grandeur grandma grandson grange granite
granola granular graphic grassy grease greenery gremlin gridiron grill grimace grocer groggy groove grotto
grouchy ground grownup growth guano guaranty guardian guava guest guild gunnery gurus gusto gutsy gymnast
gypsum gyro habitat haiku haircut hairdo halcyon halfback halftime halfway halibut halo hammock hamper handbag
handball handbook handle handmade handset handsome handyman hangout hardback hardline hardware hardwood
harmonic harmony harp hatchery hath haven hawthorn haystack hazelnut hazy headband headgear headline headlong
headset headway heady healthy heard hedge heel heirloom helix herald hereby herein heritage heroic heroine
hexagon heyday hiccup hideaway hideout highland highway hillside hilltop hippo historic hitch hither hoist
holistic homeland homemade homepage homesick hometown homework homey honesty hook hooray horseman hose hostel
hostess hotshot hula humbug hummus humpback huntress huntsman hyacinth hydrate hyena hype ibis iceberg idiom
idyllic igloo imagery imagine impala indigo inland instruct intercom interval invent inward ironclad italic
jackal jackpot javelin jawbone jazzy jeez jewelry jiffy jigsaw jingle joint jolt joystick jubilant jubilee
judo juggle juicy jukebox jumbo jumpsuit jumpy juniper junkyard jurist jury jute karate kebab keepsake kelp
keratin kernel kerosene kettle keyboard keyhole keynote keystone keyword kickback kickoff kiddie kiln kilogram
kilowatt kindle kinetic kingship kinsman kiosk kiwis knit knuckle lacquer lacrosse ladle ladybug lagoon lancet
landfall landlady landline landmark lantern lanyard lapel lasagna latitude latte laughter launch launder
laureate lavender lawyer layman layout lead leaflet leafy leapfrog learnt least leather legacy legible
lemonade lemur lengthen lengthy lentil levee libretto licensee licorice lifeboat lifeline lifelong lifespan
lifetime liftoff lighten lilac limerick limo linden line linger linguist linkage lipstick lisle listen litany
literal litmus livery loaf lobby locale loft lollipop longhorn longtime lookout lookup loopy lorry lotus
loyalty luck lukewarm lullaby luncheon lupin lynx lyric mackerel macro magazine magician magma magnate
magnetic magnolia magpie mailbox mailman mainland mainline mainstay majestic majesty makeup malign mallard
mammoth manatee mandolin mandrake maneuver mangrove manhole manicure mankind manor mantel marigold marinade
markup maroon marquee marquess marry marvel mascot masonry mastery matador matchbox mattress mayoral meant
meatball meatloaf medial medicine meditate medley meet meld melodic memento memoir menswear menthol merchant
mermaid mesquite metallic metaphor meteor methanol micron midair midday midge midst midtown midweek migrant
migrate mildew mile mimicry minibus minion ministry minivan minnow minstrel mirage mocha mock modem modern
modulus mogul moiety molecule mommy monarch monastic monger mongoose monogram monolith monorail monsoon
montage mood moonlit moorland moray mortar mound mouth mulberry mulch mullet musician musk muslin mussel
mustang mustard musty myopic mystic nacho namesake nanny narrator national navel navigate navy nebula necklace
needle neighbor newbie newborn newcomer newscast nibble nickname niece nimbus ninety ninja nobleman nomad none
normalcy nostril notebook notepad nourish novelty nozzle nugget numeric nursery nurture nutmeg nutshell nutty
nylon oatmeal oblong oboe obverse ochre octagon octane octopus ocular offbeat offhand offline offset offshoot
offshore offstage oilfield ointment okra olden oldie omelet onshore onyx ooze opposite oppress optic optimal
optimist opus orator orchid ornament outdo outlet outlook outward overcast overcoat overhead overland overture
paddock pageant pagoda paid paint paisley palatial palazzo palmetto pamphlet pancake pantry papaya paragon
parapet pardon parka parkway parlor parody partake partial particle passage passport past patchy paternal
pathway patina pavilion payload peacock pebble pedestal pedicure pedigree pelagic pellet pendant pendulum
penguin peony perfume personal pewter phalanx pharmacy phase pianist piazza piccolo pick piggy piglet pillow
pinball pinky pinnacle pinpoint pinto pipeline pixie plain plankton plant plaster platelet platinum platypus
playback playlist playoff pleasant pleasure plinth plow plucky plum plywood pocket podcast podium poetic
poetry pointy policy polite politic polka polygon polymer poncho ponytail pooch popcorn poppy porridge portico
portrait positron postage postcard postman potash pothole powdery prawn premiere prep pressure prestige
pretzel primacy primate prime primrose princess printout prism pristine prodigal product promise prophecy
proposal prosaic prose prospect protocol proverb province provost publish puffin pulley pulpit pump punchy
punctual puncture pundit puny puppet puree purple purr pursuit purview putt quadrant quail quandary quark
quartet quartz query quicken quiet quintet quip quiver quorum racquet radish radium railroad railway rainbow
raincoat rainfall rainy rampart rang raspy ratchet rattan rayon reach reactor readout realm realty receptor
redo redwood referee regatta reggae regimen regional registry reindeer remedy renewal renovate resistor
restroom retail retinue retrofit revival rhapsody rhino rhubarb ricochet ricotta ringside rinse risen rivet
roadshow roadside roadster roadway robotic roebuck role rollback romaine rooftop roommate roomy rosebud
rosewood roster rotary rotten roulette rubbery rucksack rudder rugby rust safety saffron sailboat salami sale
salty sanctum sandbox sandman sandwich sapphire satin saucepan savanna savory savvy sawdust sawmill scaffold
scalar scallop scarf scarlet scat scenery scenic schooner scissor scone scramble scrappy scratch scribble
scribe scroll scruffy scuba sculptor scurry seafood seamen seaport seashore seasonal seen selfie seltzer
semester send sentinel sentry sequel sequoia serenade sergeant serpent seventy sewerage shadowy shampoo
shamrock shanty shape shark sharpen shelf shelter shim shiny shipyard shirt shogun shootout shortcut shorten
should shovel show shriek shrub shutdown sidebar sidekick sideshow sidewalk sieve sift sigma signet silicon
silky silo silvery simplex sinkhole sinus sitcom site sixteen sketchy skillet skip skyline skyward slalom
slang slate slaw sleeve sleuth slick slippage slippery slope slowdown sludge smiley smitten smoky snag snappy
snapshot sneeze snippet snooker snoop snorkel snort snowfall snowman snowy snuggle soapy sofa softball soften
sojourn solstice someday sonar songbird soothe sorbet sorcerer sorghum sorrel soybean spandex spaniel sparkle
sparrow specimen spectral speech speedway spew spicy spill spinach spinal spindle spine spinoff splash
splendid splendor splice splint spoke sponge spoof sporty spout spree sprinkle sprocket spruce spud squadron
squeaky squid squint squire squishy stack stairway stamina standard standby standoff stanza starch stardom
starfish startle statute stave steeple stencil stepson steward stipend stir stitch stockade stocky stony stop
storage store stormy straight stratum stream strength stretch stride strobe stubble stucco studio study stunt
stylus subtitle subtle suburb sucrose suede suffix sugary suitcase sulfuric summit sumo sunburn sunk sunlight
sunrise sunroof sunshine surf surgeon surveyor survival survivor sushi suspense suture swampy swan sweep
sweeten sweetie swell swerve swimsuit swish swivel sycamore syllable symmetry symphony tableau tablet tacky
tactic tailgate tailor take tall tandem tangle tapestry tarmac tartan tassel tasty tavern taxicab taxpayer
teacup teammate teamwork teapot teary teaspoon techno teeny teeth telecast telegram template tenfold tensile
tentacle termite terrace terrain terrific textbook textile texture thatch theatre thesis thicken thigh think
thirst thirty thorium thorough thousand thread threw thrifty throne throttle thud tidal tidy tincture tinder
tint tiptoe tiresome tithe toffee tofu toggle tomahawk tonal tonic tonnage toolbar toolbox topaz torn torrid
tortilla tote touch toughen tour township trail trapeze treasure treble trellis trench triangle tricycle
trifecta trig trillion trilogy trinket triple tripod triumph trivia trolley troop trouser trout truffle trunk
trusty tuba tulip tumult tune tungsten turban turmeric turnip turnout turnover turnpike tutelage tuxedo tweet
twilight twine twinkle twitch twofold typeface typhoon unicorn upland upside upstream uptown usher vaccine
valet valiant vanguard vanilla veggie velvety venison verse vertebra veto viaduct vibe vibrate viceroy
vigilant vinegar vineyard vinyl virtue visitor vitamin volcanic volley voltage wafer waffle waitress walkway
wallaby walrus waltz wardrobe warmth warrant washroom watch waterway watery wattage waveform wayside wedlock
week weigh welfare westward wetland whammy wharf whatnot whiff whimsy whirl whistle whomever whoop wildcat
wildfire wildlife wind wingspan wintry wisp withdrew withhold witty wizardry wolfram wombat woodcock wooden
woodwork woody workbook workday workflow workmen workout workshop workweek wormhole wormwood worsen woven
wriggle yardage yarn yearbook yell yeoman yeti yogi yourself yucca yummy zephyr zigzag zircon zodiac zucchini
`;

export const WORDS = LIST.trim().split(/\s+/);
